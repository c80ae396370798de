using System.Text.Json;
using PlannedDiffusion.Bench;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Tests.Cli;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Bench;

/// <summary>
/// <c>pd-bench cuda</c> in its smallest shape: every group measures what its name says and writes it down. The times
/// themselves mean nothing on a simulated driver.
/// </summary>
public sealed class BenchCudaTests : CudaTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly string? _cache = Environment.GetEnvironmentVariable(KernelCache.FolderVariable);

    public BenchCudaTests(TestDevice device)
        : base(device)
    {
        _ = Device.Device; // chooses the driver for this process
        if (TestDevice.Folders() is { CacheFolder: { } cache })
            Environment.SetEnvironmentVariable(KernelCache.FolderVariable, cache);
    }

    void IDisposable.Dispose()
    {
        Environment.SetEnvironmentVariable(KernelCache.FolderVariable, _cache);
        _folder.Dispose();
        Dispose();
    }

    [Fact]
    public async Task WhatIsMeasuredWithoutCuBlasSaysSo()
    {
        CommandRun run = await CommandRun.OfBench(
            [("PD_CUBLAS", "/no/such/libcublas.so")],
            "cuda", "products", "steps", "--shape", "tiny", "--repetitions", "1");
        Assert.True(run.Code == 0, run.Error);
        string[] notes = [.. run.ErrorLines.Where(line => line.StartsWith("note: ", StringComparison.Ordinal))];
        Assert.Equal(2, notes.Length);
        Assert.All(notes, note => Assert.Contains("tried /no/such/libcublas.so", note, StringComparison.Ordinal));
        Assert.DoesNotContain("cuBLAS", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("attention", "spans, prefix 40", "one span, prefix 40", "all see all, prefix 40", "single, prefix 39",
        "drafts, prefix 40")]
    [InlineData("sampling", "greedy, probability", "T 0.2, top-p 0.95, certainty", "unmask alone")]
    [InlineData("products", "qkv", "output", "gate_up", "down", "head")]
    [InlineData("steps", "step, autoregressive", "step, denoise 4 spans", "step, drafts", "  host gap between steps",
        "  host gap, each token read")]
    public async Task AGroupMeasuresWhatItNames(string group, params string[] expected)
    {
        string file = _folder.File("report.json");
        JsonElement report = await Report("cuda", group, "--shape", "tiny", "--repetitions", "2", "-o", file);

        JsonElement[] rows = [.. report.GetProperty("rows").EnumerateArray()];
        Assert.Subset(rows.Select(row => row.GetProperty("name").GetString()!).ToHashSet(), expected.ToHashSet());
        Assert.All(rows, row => Assert.Equal(group, row.GetProperty("group").GetString()));
        Assert.All(rows, row => Assert.True(
            row.GetProperty("name").GetString()!.Contains("gap", StringComparison.Ordinal)
            || (Number(row, "medianMicroseconds") > 0
                && Number(row, "p95Microseconds") >= Number(row, "medianMicroseconds"))));
        Assert.Contains(rows, row => Number(row, "bytes") > 0 && Number(row, "gigabytesPerSecond") > 0);
        Assert.Equal(0, report.GetProperty("errors").GetArrayLength());
        Assert.True(Number(report, "copyGigabytesPerSecond") > 0);
        JsonElement device = report.GetProperty("device"), origin = report.GetProperty("origin");
        Assert.Equal(Device.Device.Name, device.GetProperty("name").GetString());
        Assert.True(Number(device, "driverVersion") >= 12000);
        foreach (string name in new[] { "commit", "date" }) Assert.NotEqual("", origin.GetProperty(name).GetString());
        Assert.Equal(rows.Length, Parse(File.ReadAllText(file)).GetProperty("rows").GetArrayLength());
    }

    [Fact]
    public async Task OverlapIsSaidAndCanBeSwitchedOff()
    {
        JsonElement with = await Report("cuda", "steps", "--shape", "tiny", "--repetitions", "1");
        JsonElement without = await Report("cuda", "steps", "--shape", "tiny", "--repetitions", "1", "--no-overlap");
        Assert.Equal(Device.Device.CanOverlapKernels, with.GetProperty("overlapsKernels").GetBoolean());
        Assert.False(without.GetProperty("overlapsKernels").GetBoolean());
    }

    [Fact]
    public async Task StepsAreComparedWithTheFloorAndWithASingleRow()
    {
        JsonElement report = await Report("cuda", "steps", "--shape", "tiny", "--repetitions", "1");
        JsonElement[] steps =
        [
            .. report.GetProperty("rows").EnumerateArray()
                .Where(row => row.GetProperty("ratio").ValueKind != JsonValueKind.Null),
        ];
        JsonElement single = steps.Single(row => Number(row, "rows") == 1);
        double floor = Number(single, "bytes") / Number(report, "copyGigabytesPerSecond") / 1e3;
        Assert.Equal(Number(single, "medianMicroseconds") / floor, Number(single, "ratio"), Near(single));
        JsonElement many = steps.First(row => Number(row, "rows") == 16);
        double ratio = Number(many, "medianMicroseconds") / Number(single, "medianMicroseconds");
        Assert.Equal(ratio, Number(many, "ratio"), Near(many));

        // A gap for each step that its host reads: a single row's, and those with drafts.
        int[] drafted = [.. steps.Where(row => Name(row) == "step, drafts").Select(row => (int)Number(row, "rows"))];
        Assert.Equal([2, 5], drafted);
        Assert.Equal(
            [1, .. drafted],
            report.GetProperty("rows").EnumerateArray().Where(row => Name(row) == "  host gap, each token read")
                .Select(row => (int)Number(row, "rows")));

        static double Near(JsonElement row) => 1e-9 * Number(row, "ratio");

        static string? Name(JsonElement row) => row.GetProperty("name").GetString();
    }

    [Fact]
    public async Task ASecondStartCompilesNothing()
    {
        JsonElement report = await Report("cuda", "start", "--shape", "tiny");
        JsonElement again = report.GetProperty("rows").EnumerateArray().Last();
        Assert.Contains("kernels: 0 compiled", again.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecordedRequestsAreReplayedBesideTheirRatioOfPasses()
    {
        string other = _folder.File("fewer-steps.jsonl");
        const string line = """{"id":3,"prompt_tokens":3,"total_tokens":34,"rounds":[[10,10]],"steps":[2]}""";
        File.WriteAllText(other, line + "\n" + line);
        JsonElement report = await Report(
            "cuda", "replay", "--shape", "tiny", "--workload", Workload(), "--workload", other, "--requests", "1");
        JsonElement[] rows = [.. report.GetProperty("rows").EnumerateArray()];
        Assert.Equal(
            [
                "0: 10+10", "all 1 requests of workload", "all 1 requests of workload, no drafts",
                "3: 10+10", "all 1 requests of fewer-steps", "all 1 requests of fewer-steps, no drafts",
            ],
            rows.Select(row => row.GetProperty("name").GetString()));
        Assert.All(rows, row => Assert.Contains(
            "20 tokens in 20 passes", row.GetProperty("detail").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatWasMeasuredBeforeAFailureIsKept()
    {
        string file = _folder.File("report.json");
        (int code, _, string error) = await Run(
            "cuda", "replay", "attention", "--shape", "tiny", "--repetitions", "1", "--workload", Workload(),
            "--tokenizer", _folder.File("nowhere"), "-o", file);
        Assert.Equal(Application.Failure, code);
        Assert.Contains("1 of 2 failed", error, StringComparison.Ordinal);
        JsonElement report = Parse(File.ReadAllText(file));
        Assert.True(report.GetProperty("rows").GetArrayLength() > 3);
        Assert.Contains("replay", report.GetProperty("errors")[0].GetString(), StringComparison.Ordinal);
    }

    /// <summary>What was measured becomes a table of this device, and the next run follows it.</summary>
    [Fact]
    public async Task ATableIsWrittenAndFollowed()
    {
        string table = _folder.File("products.json");
        string[] tiny = ["--shape", "tiny", "--repetitions", "1"];
        JsonElement first = await Report(["cuda", "products", .. tiny, "--table", table]);
        Assert.Equal("by rule", first.GetProperty("productTable").GetString());
        ProductTable written = Assert.Single(ProductTableFile.Read(table));
        Assert.True(written.Measured && written.IsFor(Device.Device));
        Assert.Equal(5, written.Products.Length);
        Assert.All(written.Products, product => Assert.Equal(16, product.Lines[^1].Rows));

        // Another model's products stay, and those of this one are measured anew.
        ProductShape other = new(64, 64, ProductResult.Whole);
        ProductTableFile.Write(table, [written with { Products = [new(other, [new(8, null, 0)])] }]);
        JsonElement again = await Report(["cuda", "products", .. tiny, "--table", table, "--product-table", table]);
        Assert.Equal($"from {table}", again.GetProperty("productTable").GetString());
        written = Assert.Single(ProductTableFile.Read(table));
        Assert.Equal(6, written.Products.Length);
        Assert.NotNull(written.Find(other, 8));

        (int code, _, string error) = await Run(["cuda", "steps", .. tiny, "--table", table]);
        Assert.Equal(Application.Usage, code);
        Assert.Contains("--table", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReplayNeedsAWorkload()
    {
        (int code, _, string error) = await Run("cuda", "replay", "--shape", "tiny");
        Assert.Equal(Application.Usage, code);
        Assert.Contains("--workload", error, StringComparison.Ordinal);
    }

    private string Workload()
    {
        string file = _folder.File("workload.jsonl");
        File.WriteAllText(file, """{"id":0,"prompt_tokens":3,"plan_tokens":9,"rounds":[[10,10]]}""" + "\n");
        return file;
    }

    private static async Task<JsonElement> Report(params string[] args)
    {
        (int code, string output, string error) = await Run([.. args, "--json"]);
        Assert.Equal("", error);
        Assert.Equal(Application.Success, code);
        return Parse(output);
    }

    private static async Task<(int Code, string Out, string Error)> Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        var terminal = new Terminal(Stream.Null, output, error);
        int code = await Application.RunAsync(
            BenchCommand.Name, BenchCommand.Create(terminal), args, terminal, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
