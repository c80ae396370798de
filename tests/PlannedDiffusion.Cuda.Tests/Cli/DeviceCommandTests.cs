using System.Text.Json;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Tests.Nvtx;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Cli;

/// <summary><c>pd</c> on a device, and where there is none.</summary>
public sealed class DeviceCommandTests : CudaTests
{
    private const string Plan = "first:7,second:3";

    private static readonly (string, string) NoDriver = ("PD_CUDA_DRIVER", "/no/such/libcuda.so");

    private readonly TemporaryDirectory _model = TokenizerFiles.Copy("tokenizer.json");

    public DeviceCommandTests(TestDevice device)
        : base(device)
    {
        var tokenizer = Tokenizer.Load(_model.Path);
        TinyModels.WriteTo(_model.Path, TinyModels.Config(layers: 1, vocabulary: tokenizer.VocabularySize) with
        {
            MaskTokenId = tokenizer.AddedTokenId("<|mask|>"),
        });
    }

    public override void Dispose()
    {
        _model.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task TheDeviceAnswersWhatTheCpuAnswers()
    {
        string name = Device.Device.Name;
        JsonElement cpu = (await Generate([], "--device", "cpu", "--json")).Json();
        JsonElement cuda = (await Generate([], "--device", "cuda", "--precision", "f32", "--json")).Json();
        Assert.Equal("cpu", cpu.GetProperty("device").GetString());
        Assert.Equal(
            $"cuda: {name}, {Device.Device.Architecture}, f32", cuda.GetProperty("device").GetString());
        Assert.Equal(cpu.GetProperty("text").GetString(), cuda.GetProperty("text").GetString());
        Assert.Equal(cpu.GetProperty("tokens").Integers(), cuda.GetProperty("tokens").Integers());
    }

    [Fact]
    public async Task AutoTakesTheDeviceAndSaysSo()
    {
        string name = Device.Device.Name;
        CommandRun run = await Generate([]);
        Assert.Equal(0, run.Code);
        Assert.Equal($"device  cuda: {name}, {Device.Device.Architecture}, bf16", run.ErrorLines[0]);
        Assert.StartsWith("plan    first (7), second (3), 7 steps", run.ErrorLines[1], StringComparison.Ordinal);
        Assert.Equal("", (await Generate([], "--quiet")).Error);
    }

    [Fact]
    public async Task AutoTakesTheCpuWhereThereIsNoDriverAndSaysWhy()
    {
        CommandRun run = await Generate([NoDriver]);
        Assert.Equal(0, run.Code);
        Assert.Equal("device  cpu: Cannot load the CUDA driver (tried /no/such/libcuda.so).", run.ErrorLines[0]);
        CommandRun asked = await Generate([NoDriver], "--device", "cuda");
        Assert.Equal((1, ""), (asked.Code, asked.Out));
        Assert.StartsWith(
            "pd: Cannot load the CUDA driver (tried /no/such/libcuda.so).",
            Assert.Single(asked.ErrorLines),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task AModelThatDoesNotFitGoesToTheCpuUnlessTheDeviceWasAskedFor()
    {
        _ = Simulator.Require(Device);
        (string, string) small = ("CUDA_SIM_MEMORY", "100000");
        CommandRun run = await Generate([small]);
        Assert.Equal(0, run.Code);
        Assert.StartsWith("device  cpu: ", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains("All weights need", run.ErrorLines[0], StringComparison.Ordinal);
        CommandRun asked = await Generate([small], "--device", "cuda");
        Assert.Equal(1, asked.Code);
        Assert.Contains("All weights need", Assert.Single(asked.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WarmCompilesOnceAndTheNextStartFindsAll()
    {
        _ = Device.Device;
        using var cache = new TemporaryDirectory();
        (string, string) folder = ("PD_CUDA_CACHE", cache.Path);
        CommandRun cold = await CommandRun.Of([folder], "warm", "-m", _model.Path);
        Assert.True(cold.Code == 0, cold.Error);
        int modules = Directory.GetFiles(cache.Path).Length;
        Assert.True(modules > 5);
        Assert.Equal(
            [$"first {modules} {modules} 0 0", $"again {modules} 0 {modules} 0"], cold.OutLines[1..3].Select(Counts));
        Assert.Equal($"kept    in {cache.Path}", cold.OutLines[3]);
        CommandRun generated = await Generate([folder], "--device", "cuda");
        Assert.True(generated.Code == 0, generated.Error);
        Assert.Equal(modules, Directory.GetFiles(cache.Path).Length); // nothing that warm had left out
    }

    /// <summary>CUDA 13 on a driver of 12.4: what was compiled before serves, and ours multiplies.</summary>
    [Fact]
    public async Task ALibraryThatIsNewerThanTheDriverIsNotTakenAndSaidSo()
    {
        _ = Simulator.Require(Device);
        using var cache = new TemporaryDirectory();
        (string, string) folder = ("PD_CUDA_CACHE", cache.Path), older = ("CUDA_SIM_DRIVER", "12040");
        string mismatch = $"{TestDevice.Driver} is of CUDA 13, and the driver of 12.4";

        CommandRun nothing = await Generate([folder, older], "--device", "cuda");
        Assert.Equal(1, nothing.Code);
        Assert.Contains("There is no compiler (tried ", nothing.Error, StringComparison.Ordinal);
        Assert.Contains(mismatch, nothing.Error, StringComparison.Ordinal);

        // What multiplies without cuBLAS is compiled too.
        Assert.Equal(0, (await CommandRun.Of([folder], "warm", "-m", _model.Path)).Code);
        CommandRun newer = await Generate([folder], "--device", "cuda");
        CommandRun run = await Generate([folder, older], "--device", "cuda");
        Assert.Equal((0, newer.Out), (run.Code, run.Out));
        Assert.DoesNotContain("note: ", newer.Error, StringComparison.Ordinal);
        string note = Assert.Single(run.ErrorLines, line => line.StartsWith("note: ", StringComparison.Ordinal));
        Assert.Contains("cuBLAS is not used", note, StringComparison.Ordinal);
        Assert.Contains(mismatch, note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANamedCuBlasThatCannotBeOpenedIsNotPassedOverInSilence()
    {
        _ = Device.Device;
        CommandRun run = await Generate([("PD_CUBLAS", "/no/such/libcublas.so")], "--device", "cuda");
        Assert.Equal(0, run.Code);
        string note = Assert.Single(run.ErrorLines, line => line.StartsWith("note: ", StringComparison.Ordinal));
        Assert.Contains("Cannot load cuBLAS (tried /no/such/libcublas.so)", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswersAreMeasuredOnTheDevice()
    {
        _ = Device.Device;
        JsonElement report = (await CommandRun.OfBench(
            [], "decode", "-m", _model.Path, "--prompt", "One", "--plan", Plan, "--repetitions", "1",
            "--max-length", "200", "--device", "cuda", "--json")).Json();
        Assert.StartsWith("cuda: ", report.GetProperty("device").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, report.GetProperty("before").ValueKind);
        Assert.Equal(7, report.GetProperty("cases")[0].GetProperty("decoded").GetProperty("passes").GetInt32());
    }

    /// <summary>The device runs ahead and tells when; the times leave nothing over.</summary>
    [Fact]
    public async Task ProfilesAddUpOnTheDevice()
    {
        (JsonElement report, _) = await Profile();
        Assert.StartsWith("cuda: ", report.GetProperty("device").GetString(), StringComparison.Ordinal);
        Assert.True(report.GetProperty("runsAhead").GetBoolean());
        Assert.Equal("device events", report.GetProperty("clock").GetString());
        JsonElement[] runs = [.. report.GetProperty("requests")[0].GetProperty("runs").EnumerateArray()];
        Assert.Equal([11, 7], runs.Select(run => run.GetProperty("path").GetProperty("passes").GetInt32()));
        foreach (JsonElement run in runs)
        {
            JsonElement account = run.GetProperty("account");
            double sum = account.GetProperty("idealSeconds").GetDouble()
                + account.GetProperty("gap").EnumerateObject().Sum(cause => cause.Value.GetDouble());
            double seconds = run.GetProperty("path").GetProperty("seconds").GetDouble();
            Assert.Equal(seconds, sum, 1e-9 * seconds);
        }
    }

    [Fact]
    public async Task AProfilerThatStartsTheCommandSeesItsStages()
    {
        _ = Device.Device;
        using var folder = new TemporaryDirectory();
        string seen = Path.Combine(folder.Path, "ranges.txt"), device = "--device", cuda = "cuda";
        (string, string)[] tool =
        [
            (NvtxInjection.Variable, NvtxRecorder.PathOf("nvtx_recorder")), ("NVTX_RECORDER_FILE", seen),
        ];
        CommandRun run = await Generate(tool, device, cuda);
        Assert.True(run.Code == 0, run.Error);
        NvtxEvent[] events = NvtxEvent.Read(await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken));
        string[] pushed = [.. events.Where(happened => happened.Kind == "push").Select(push => push.Name)];
        Assert.Equal(pushed.Length, events.Count(happened => happened.Kind == "pop"));
        Assert.Equal(7, pushed.Count(name => name == "#denoise"));
        Assert.Equal(["sequence 1"], events.Where(happened => happened.Kind == "start").Select(start => start.Name));
        Assert.Single(events, happened => happened.Kind == "end");

        CommandRun broken = await Generate([(NvtxInjection.Variable, "/no/such/tool.so")], device, cuda);
        Assert.Equal((0, run.Out), (broken.Code, broken.Out));
    }

    /// <summary>The trace has the steps as the device ran them: as many as passes, one behind the other.</summary>
    [Fact]
    public async Task ATraceShowsTheStepsOfTheDevice()
    {
        (JsonElement report, JsonElement trace) = await Profile();
        Assert.Equal("device events", trace.GetProperty("otherData").GetProperty("clock").GetString());
        JsonElement[] events = [.. trace.GetProperty("traceEvents").EnumerateArray()];
        foreach (JsonElement run in report.GetProperty("requests")[0].GetProperty("runs").EnumerateArray())
        {
            string name = $"{run.GetProperty("decoder").GetString()}: passes (device events)";
            JsonElement track = events.Single(one => one.GetProperty("name").GetString() == "thread_name"
                && one.GetProperty("args").GetProperty("name").GetString() == name);
            int thread = track.GetProperty("tid").GetInt32();
            JsonElement[] steps = [.. events.Where(one => one.GetProperty("ph").GetString() == "X"
                && one.GetProperty("tid").GetInt32() == thread)];
            JsonElement path = run.GetProperty("path");
            Assert.Equal(path.GetProperty("passes").GetInt32(), steps.Length);
            double end = 0, sum = 0;
            foreach (JsonElement step in steps)
            {
                Assert.Equal("device events", step.GetProperty("args").GetProperty("clock").GetString());
                double start = step.GetProperty("ts").GetDouble(), length = step.GetProperty("dur").GetDouble();
                Assert.InRange(start, end - 0.11, double.MaxValue); // both are rounded
                Assert.InRange(length, 0, double.MaxValue);
                sum += length;
                end = start + length;
            }

            double stages = path.GetProperty("stages").EnumerateObject()
                .Sum(stage => stage.Value.GetProperty("seconds").GetDouble());
            Assert.Equal(1e6 * stages, sum, 0.11 * steps.Length);
            Assert.True(sum > 0);
        }
    }

    private async Task<(JsonElement Report, JsonElement Trace)> Profile()
    {
        _ = Device.Device;
        using var folder = new TemporaryDirectory();
        string trace = folder.File("trace.json");
        JsonElement report = (await CommandRun.Of(
            [], "profile", "One", "-m", _model.Path, "--plan", Plan, "--repetitions", "1", "--max-length", "200",
            "--device", "cuda", "--json", "--trace", trace)).Json();
        return (report, JsonDocument.Parse(File.ReadAllText(trace)).RootElement);
    }

    private Task<CommandRun> Generate((string, string)[] variables, params string[] arguments) => CommandRun.Of(
        variables,
        ["generate", "Say it", "-m", _model.Path, "--plan", Plan, "--max-length", "200", .. arguments]);

    // "first   1.23 s for 14 modules: 14 compiled, 0 from the cache, 0 compiled ahead" to name and counts.
    private static string Counts(string line)
    {
        string[] words = line.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return $"{words[0]} {words[4]} {words[6]} {words[8]} {words[12]}";
    }
}
