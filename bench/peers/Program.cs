// Compares steps of this engine with LLamaSharp, the llama.cpp package for .NET applications. The weights are random in
// the 0.5B shape, 192 positions are cached, and both engines take turns in one process.
// usage: dotnet run -c Release --project bench/peers -- [FILE.json] [ROUNDS]

using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using LLama.Native;
using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Models;
using PlannedDiffusion.Peers;

const int Cached = 192;
var json = new JsonSerializerOptions { WriteIndented = true };
int[] rows = [1, 64, 128];
int threads = Environment.ProcessorCount;
string? file = args.Length > 0 ? args[0] : null;
int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 4;
string folder = Directory.CreateTempSubdirectory("peers-").FullName;
NativeLibraryConfig.All.WithLogCallback((level, text) =>
{
    if (level == LLamaLogLevel.Error) Console.Error.Write(text);
});
try
{
    // The sizes of Qwen2.5-0.5B, but with a separate output head like Dream's.
    var config = new ModelConfig
    {
        ModelType = "Dream",
        HiddenSize = 896,
        IntermediateSize = 4864,
        LayerCount = 24,
        HeadCount = 14,
        KvHeadCount = 2,
        HeadSize = 64,
        VocabularySize = 151936,
        MaxPositions = 4096,
        RopeTheta = 1e6,
        RmsNormEpsilon = 1e-6f,
        MaskTokenId = 151935,
    };
    RandomCheckpoint.Write(folder, config, 1);
    IStepPeer Gguf(string name, GgufType type)
    {
        string path = Path.Combine(folder, $"{type}.gguf");
        RandomGguf.Write(path, config, type);
        return new LlamaPeer(name, path, threads, Cached);
    }

    IStepPeer[] peers =
    [
        new OurPeer(folder, threads, Cached, rows.Max()),
        Gguf("LLamaSharp, bf16", GgufType.BFloat16),
        Gguf("LLamaSharp, Q8_0", GgufType.Q8),
    ];
    var medians = peers.ToDictionary(
        peer => peer.Name, _ => rows.ToDictionary(count => count, _ => new List<double>()));
    for (int round = 0; round < rounds; round++)
    {
        foreach (int count in rows)
        {
            foreach (IStepPeer peer in peers)
                medians[peer.Name][count].Add(peer.MedianMilliseconds(count, count == 1 ? 21 : 5));
        }
    }

    foreach (IStepPeer peer in peers) peer.Dispose();
    var report = new
    {
        kind = "peers-cpu",
        date = DateTimeOffset.UtcNow,
        commit = Commit(),
        processor = Processor(),
        threads,
        system = RuntimeInformation.OSDescription,
        runtime = RuntimeInformation.FrameworkDescription,
        llamaSharp = "0.30.0", // the package's version, which its assembly does not have
        shape = "0.5b",
        cached = Cached,
        rounds,
        peers = medians.Select(peer => new
        {
            name = peer.Key,
            steps = peer.Value.Select(step => new
            {
                rows = step.Key,
                medianMilliseconds = Median(step.Value),
                rounds = step.Value,
            }),
        }),
    };
    foreach ((string name, Dictionary<int, List<double>> steps) in medians)
    {
        string times = string.Join("   ", steps.Select(step => string.Create(
            CultureInfo.InvariantCulture,
            $"{step.Key} rows {Median(step.Value):0.0} ms ({step.Value.Min():0.0} to {step.Value.Max():0.0})")));
        Console.WriteLine($"{name,-18} {times}");
    }

    if (file is not null) File.WriteAllText(file, JsonSerializer.Serialize(report, json) + "\n");
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

// The build appends the commit after a plus sign.
static string Commit() => typeof(ModelConfig).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
    ?.InformationalVersion.Split('+') is [_, string commit] ? commit : "unknown";

static string Processor()
{
    string? line = File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
        : null;
    return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
        ?? RuntimeInformation.ProcessArchitecture.ToString();
}
