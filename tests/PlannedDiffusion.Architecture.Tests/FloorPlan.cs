namespace PlannedDiffusion.Architecture.Tests;

/// <summary>
/// The folders of each project and what they may use: the rules that the tests hold, and the tables of
/// docs/architecture.md. A folder stands before those that it uses.
/// </summary>
public static class FloorPlan
{
    /// <summary>The projects, each before those that reference it.</summary>
    public static IReadOnlyList<ProjectPlan> Projects { get; } =
        [Library, Cuda, ExtensionsAI, Hosting, Server, Cli, Bench];

    private static ProjectPlan Library => new("PlannedDiffusion",
        new("Engine", "the door: requests and options in, events and results out",
            "Cpu", "Decoding", "Decoding/Planning", "Decoding/Unmasking", "Diagnostics", "Files", "Forward", "Models",
            "Sampling", "Tokenization", "Weights"),
        new("Decoding", "the decoders, and a sequence's passes",
            "Decoding/Planning", "Decoding/Unmasking", "Forward", "Models", "Sampling"),
        new("Decoding/Planning", "the plan: control tokens, parser, limits, scaffold", "Forward", "Tokenization"),
        new("Decoding/Unmasking", "which tokens a pass reveals: policies and schedules", "Forward"),
        new("Tokenization", "text to tokens and back, chat templates, stop tokens", "Files", "Tokenization/Templates"),
        new("Tokenization/Templates", "the language of chat templates", "Files"),
        new("Cpu", "the runner on the CPU",
            "Cpu/Loading", "Cpu/Memory", "Cpu/Ops", "Cpu/Sequences", "Cpu/Simd", "Cpu/Steps", "Cpu/Threads",
            "Diagnostics", "Forward", "Models", "Models/Packing"),
        new("Cpu/Steps", "a step: checked, laid out, run through all layers",
            "Cpu/Loading", "Cpu/Memory", "Cpu/Ops", "Cpu/Sequences", "Cpu/Threads", "Forward", "Models", "Sampling"),
        new("Cpu/Sequences", "tokens, keys and values of each sequence; reads under way",
            "Cpu/Memory", "Cpu/Ops", "Forward", "Models"),
        new("Cpu/Loading", "weights, packed as products read them",
            "Cpu/Memory", "Forward", "Models", "Models/Packing"),
        new("Cpu/Ops", "one op a file, written once for all vector widths",
            "Cpu/Memory", "Cpu/Simd", "Forward", "Numerics", "Sampling"),
        new("Cpu/Simd", "vectors of 128, 256 and 512 bits behind one interface"),
        new("Cpu/Memory", "native buffers and packed matrices"),
        new("Cpu/Threads", "one job on all cores, with barriers", "Forward"),
        new("Diagnostics", "metrics, traces, what the machine can reach"),
        new("Forward", "the seam: `IModelRunner` and the steps that it takes", "Models", "Sampling"),
        new("Hub", "models by name: a hub, its cache, downloads", "Files", "Weights"),
        new("Models/Packing", "matrices cut and stacked for a runner", "Models", "Weights"),
        new("Models", "the checkpoint: configuration, weights, names", "Files", "Numerics", "Weights"),
        new("Weights", "safetensors files: untrusted input", "Files"),
        new("Sampling", "temperature, top-p, top-k; random numbers by position"),
        new("Numerics", "16-bit floating point"),
        new("Files", "regular files and strict JSON, with messages that name the place"));

    private static ProjectPlan Cuda => new("PlannedDiffusion.Cuda",
        new("", "the runner on a GPU; `CudaRunner.OrCpu`: a GPU, else the CPU",
            "Compilation", "Interop", "Kernels/Launch", "Loading", "Options", "Runtime", "Sequences", "Steps")
        {
            Elsewhere = ["PlannedDiffusion/Cpu"],
        },
        new("Steps", "a step: checked, laid out as tables, recorded as a graph",
            "Compilation", "Kernels/Choose", "Kernels/Launch", "Loading", "Options", "Runtime", "Sequences"),
        new("Sequences", "tokens, keys and values of each sequence; reads under way",
            "Kernels/Launch", "Loading", "Options", "Runtime"),
        new("Loading", "weights on their way to the device", "Compilation", "Interop", "Kernels/Launch", "Runtime"),
        new("Kernels/Choose", "which kernel multiplies which shape, as measured",
            "Compilation", "Kernels/Launch", "Options", "Runtime"),
        new("Kernels/Launch", "one kernel a file: its parameters and its launch", "Compilation", "Interop", "Runtime"),
        new("Compilation", "NVRTC and the cache of what it compiled", "Interop", "Runtime"),
        new("Runtime", "device, memory, streams, events, graphs: all that is freed", "Interop"),
        new("Interop", "the functions of NVIDIA's libraries", "Options"),
        new("Options", "what a host may set"))
    {
        Elsewhere =
        [
            "PlannedDiffusion/Files", "PlannedDiffusion/Forward", "PlannedDiffusion/Models",
            "PlannedDiffusion/Models/Packing", "PlannedDiffusion/Sampling", "PlannedDiffusion/Weights",
        ],
    };

    private static ProjectPlan ExtensionsAI => new("PlannedDiffusion.Extensions.AI",
        new FolderPlan("", "the engine as an `IChatClient`, its tokenizer as .NET's"))
    {
        Elsewhere =
        [
            "PlannedDiffusion/Decoding/Planning", "PlannedDiffusion/Engine", "PlannedDiffusion/Tokenization",
        ],
    };

    private static ProjectPlan Hosting => new("PlannedDiffusion.Hosting",
        new FolderPlan("", "a model in a .NET host: settings, loading, health checks, restarts, drain"))
    {
        Elsewhere =
        [
            "PlannedDiffusion.Cuda", "PlannedDiffusion.Cuda/Options", "PlannedDiffusion.Extensions.AI",
            "PlannedDiffusion/Engine", "PlannedDiffusion/Forward", "PlannedDiffusion/Hub", "PlannedDiffusion/Models",
        ],
    };

    private static ProjectPlan Server => new("PlannedDiffusion.Server",
        new("", "`AddPlannedDiffusionServer`, `MapPlannedDiffusion`, options",
            "Auth", "Endpoints", "Metrics", "Models", "Options", "Page")
        {
            Elsewhere = ["PlannedDiffusion.Hosting"],
        },
        new("Endpoints", "the endpoints, and the door before each: who may come in, errors",
            "Auth", "Errors", "Metrics", "Models", "Options", "Requests", "Sse", "Wire"),
        new("Requests", "bodies to requests of the engine, results and events to the wire",
            "Errors", "Options", "Wire")
        {
            Elsewhere =
            [
                "PlannedDiffusion/Decoding", "PlannedDiffusion/Decoding/Planning",
                "PlannedDiffusion/Decoding/Unmasking", "PlannedDiffusion/Tokenization",
            ],
        },
        new("Models", "the models by the names of clients, their load", "Errors", "Wire")
        {
            Elsewhere = ["PlannedDiffusion.Hosting"],
        },
        new("Page", "the page's files; they lie in `wwwroot`"),
        new("Sse", "answers as server-sent events"),
        new("Auth", "keys, hosts, origins", "Errors"),
        new("Metrics", "what OpenTelemetry asks of such a server"),
        new("Errors", "error answers, and which exception is which", "Wire")
        {
            Elsewhere =
            [
                "PlannedDiffusion/Decoding", "PlannedDiffusion/Decoding/Planning", "PlannedDiffusion/Forward",
                "PlannedDiffusion/Tokenization",
            ],
        },
        new("Wire", "JSON on the wire, source-generated"),
        new("Options", "what a host may set"))
    {
        Elsewhere = ["PlannedDiffusion/Engine"],
    };

    private static ProjectPlan Cli => new("PlannedDiffusion.Cli",
        new("", "the command `pd`",
            "Evaluate", "Generate", "Inspect", "Profile", "Pull", "Serve", "Shared", "Shared/Streams"),
        new("Generate", "`pd generate`: an answer on a terminal, as text or as JSON",
            "Shared", "Shared/Options", "Shared/Reports", "Shared/Requests", "Shared/Streams"),
        new("Inspect", "`pd inspect`, `tokenize` and `warm`", "Shared/Options", "Shared/Streams")
        {
            Elsewhere = ["PlannedDiffusion.Cuda", "PlannedDiffusion.Cuda/Compilation", "PlannedDiffusion.Cuda/Options"],
        },
        new("Serve", "`pd serve`: the server on the command line", "Shared", "Shared/Options", "Shared/Streams")
        {
            Elsewhere = ["PlannedDiffusion.Hosting", "PlannedDiffusion.Server", "PlannedDiffusion.Server/Options"],
        },
        new("Pull", "`pd pull`: a model into the hub's cache", "Shared/Options", "Shared/Streams"),
        new("Profile", "`pd profile`: where the time of a request goes",
            "Shared", "Shared/Options", "Shared/Reports", "Shared/Requests", "Shared/Streams"),
        new("Evaluate", "`pd eval`: quality against passes, over a grid",
            "Shared", "Shared/Options", "Shared/Reports", "Shared/Requests", "Shared/Streams"),
        new("Shared", "loading a model, failures, interruption", "Shared/Options", "Shared/Requests", "Shared/Streams")
        {
            Elsewhere = ["PlannedDiffusion.Cuda/Compilation", "PlannedDiffusion.Cuda/Interop"],
        },
        new("Shared/Reports", "what several commands write as JSON", "Shared/Options"),
        new("Shared/Requests", "prompts, and the room that they need", "Shared/Options", "Shared/Streams"),
        new("Shared/Options", "options that several commands share", "Shared/Streams")
        {
            Elsewhere = ["PlannedDiffusion.Cuda", "PlannedDiffusion.Cuda/Options"],
        },
        new("Shared/Streams", "terminal, tables, files"))
    {
        Elsewhere =
        [
            "PlannedDiffusion/Cpu", "PlannedDiffusion/Cpu/Simd", "PlannedDiffusion/Decoding",
            "PlannedDiffusion/Decoding/Planning", "PlannedDiffusion/Decoding/Unmasking", "PlannedDiffusion/Diagnostics",
            "PlannedDiffusion/Engine", "PlannedDiffusion/Forward", "PlannedDiffusion/Hub", "PlannedDiffusion/Models",
            "PlannedDiffusion/Tokenization", "PlannedDiffusion/Weights",
        ],
    };

    private static ProjectPlan Bench => new("PlannedDiffusion.Bench",
        new("", "the command `pd-bench`", "Device", "Host", "Requests", "Serving", "Virtual"),
        new("Serving", "many requests on one engine, or on a server: goodput, latency, overload", "Virtual"),
        new("Virtual", "the engine under load, on a clock that a table of step times moves", "Host")
        {
            Elsewhere = ["PlannedDiffusion/Decoding", "PlannedDiffusion/Decoding/Planning"],
        },
        new("Requests", "whole requests: latency and throughput")
        {
            Elsewhere = ["PlannedDiffusion/Cpu"],
        },
        new("Device", "kernels, steps and graphs on a GPU", "Host")
        {
            Elsewhere =
            [
                "PlannedDiffusion.Cuda", "PlannedDiffusion.Cuda/Compilation", "PlannedDiffusion.Cuda/Interop",
                "PlannedDiffusion.Cuda/Kernels/Choose", "PlannedDiffusion.Cuda/Kernels/Launch",
                "PlannedDiffusion.Cuda/Options", "PlannedDiffusion.Cuda/Runtime", "PlannedDiffusion.Cuda/Steps",
                "PlannedDiffusion/Decoding",
            ],
        },
        new("Host", "ops and steps on the CPU; checkpoints of random numbers")
        {
            Elsewhere =
            [
                "PlannedDiffusion/Cpu", "PlannedDiffusion/Cpu/Memory", "PlannedDiffusion/Cpu/Ops",
                "PlannedDiffusion/Cpu/Simd", "PlannedDiffusion/Cpu/Threads", "PlannedDiffusion/Numerics",
                "PlannedDiffusion/Weights",
            ],
        })
    {
        Elsewhere =
        [
            "PlannedDiffusion.Cli/Shared", "PlannedDiffusion.Cli/Shared/Options", "PlannedDiffusion.Cli/Shared/Reports",
            "PlannedDiffusion.Cli/Shared/Requests", "PlannedDiffusion.Cli/Shared/Streams",
            "PlannedDiffusion/Diagnostics", "PlannedDiffusion/Engine", "PlannedDiffusion/Forward",
            "PlannedDiffusion/Models", "PlannedDiffusion/Sampling", "PlannedDiffusion/Tokenization",
        ],
    };
}
