#!/usr/bin/env bash
# sanitized.sh asan|tsan COMMAND...: runs a program with its kernels instrumented. The program itself need not be
# instrumented, so this works with dotnet, too. The simulator is not instrumented, nor the compiler that it starts.
set -euo pipefail
compiler=${CUDA_SIM_CXX:-g++}
kind=$1
shift
case $kind in
    asan)
        export CUDA_SIM_CXXFLAGS='-O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined'
        # .NET has its own signal handlers, and does not free everything at the end.
        export ASAN_OPTIONS=detect_leaks=0:handle_segv=0:use_sigaltstack=0:detect_stack_use_after_return=0
        export UBSAN_OPTIONS=print_stacktrace=1
        exec env LD_PRELOAD="$("$compiler" -print-file-name=libasan.so)" "$@"
        ;;
    tsan)
        export CUDA_SIM_CXXFLAGS='-O1 -fsanitize=thread'
        export TSAN_OPTIONS=halt_on_error=1:exitcode=66:detect_deadlocks=0:report_signal_unsafe=0:ignore_noninstrumented_modules=1:handle_segv=0:use_sigaltstack=0
        # TSan delivers signals late and with an old context, so .NET would stop a thread at the wrong place.
        export DOTNET_ThreadSuspendInjection=0 DOTNET_gcConcurrent=0 DOTNET_TieredCompilation=0
        # TSan's shadow memory has fixed addresses, which a random memory layout may take.
        exec setarch "$(uname -m)" -R env LD_PRELOAD="$("$compiler" -print-file-name=libtsan.so)" "$@"
        ;;
    *)
        echo "sanitized.sh: asan or tsan, not $kind" >&2
        exit 2
        ;;
esac
