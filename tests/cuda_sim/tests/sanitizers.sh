#!/usr/bin/env bash
# sanitizers.sh RUN_BUG: correct kernels pass under ASan+UBSan and under TSan, and the sanitizer that should find a
# planted bug finds it, with its line. Exits with 77 (skipped) if the compiler has no sanitizers.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
run_bug=$1
compiler=${CUDA_SIM_CXX:-g++}
failed=0

for library in libasan.so libtsan.so; do
    if [ ! -e "$("$compiler" -print-file-name=$library)" ]; then
        echo "skipped: $compiler has no $library"
        exit 77
    fi
done

# passes KIND KERNEL
passes() {
    local output
    if output=$("$here/../sanitized.sh" "$1" "$run_bug" "$2" 2>&1); then
        echo "ok   $1 lets $2 pass"
    else
        echo "FAIL $1 stops $2, which is right: $output"
        failed=1
    fi
}

# finds KIND KERNEL TEXT: the text and a line of the kernel's source are in the report.
finds() {
    local output
    if output=$("$here/../sanitized.sh" "$1" "$run_bug" "$2" bug 2>&1); then
        echo "FAIL $1 does not stop $2 with its bug"
        failed=1
    elif grep -q "$3" <<<"$output" && grep -q "bugs.cu:[0-9]" <<<"$output"; then
        echo "ok   $1 finds the bug of $2"
    else
        echo "FAIL $1 does not say what is wrong with $2: $output"
        failed=1
    fi
}

for kernel in missing_barrier missing_wait global_overrun static_overrun dynamic_overrun misaligned_load; do
    passes asan $kernel
done
finds asan global_overrun heap-buffer-overflow
finds asan dynamic_overrun heap-buffer-overflow
finds asan static_overrun 'out of bounds\|global-buffer-overflow'
finds asan misaligned_load 'misaligned address'

for kernel in missing_barrier missing_second_barrier missing_syncwarp missing_wait order_of_blocks; do
    passes tsan $kernel
done
finds tsan missing_barrier 'data race'
finds tsan missing_second_barrier 'data race'
finds tsan missing_syncwarp 'data race'
exit $failed
