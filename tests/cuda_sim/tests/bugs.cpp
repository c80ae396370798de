#include "bugs.h"

using namespace testing;

BugRun run_bug(const char* kernel, bool bug, unsigned threads, unsigned blocks) {
    Kernels kernels("bugs.cu", bug ? std::vector<std::string>{"-DBUG"} : std::vector<std::string>{});
    CUfunction function = kernels.function(kernel);
    std::vector<int> in(threads * 4 + 4);
    for (std::size_t i = 0; i < in.size(); i++) in[i] = (int)i;
    DeviceArray<int> out(std::vector<int>(threads, 0)), source(in);
    std::string name = kernel;
    bool overruns = name.find("overrun") != name.npos;
    bool reads = name == "missing_wait" || name == "misaligned_load";
    unsigned shared = name == "dynamic_overrun" ? threads * 4 : 0;
    BugRun run;
    int count = name == "global_overrun" ? (int)threads : 0;
    if (reads) run.result = launch(function, blocks, threads, shared, out.address, source.address);
    else if (overruns) run.result = launch(function, blocks, threads, shared, out.address, count);
    else run.result = launch(function, blocks, threads, shared, out.address);
    run.failure = run.result ? cuda_sim_last_failure() : "";
    if (!run.result) run.out = out.read();
    cuda_sim_reset();
    return run;
}
