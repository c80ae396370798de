using System.Text.Json;
using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Cli;
using Xunit;

namespace PlannedDiffusion.Tests.Bench;

/// <summary>pd-bench attention and pd-bench ops; the former also compares its two ways of isolating spans.</summary>
public sealed class BenchOpTests
{
    private static readonly string[] Short = ["--repetitions", "3", "--inputs", "1", "--json"];

    [Theory]
    [InlineData("1")]
    [InlineData("3")]
    public async Task AttentionIsMeasuredInThreeWays(string threads)
    {
        using var folder = new TemporaryDirectory();
        string csv = folder.File("out.csv");
        // Sizes with partial tiles: a prefix and spans that are no multiple of a tile, one-token spans, an odd head.
        JsonElement report = (await BenchRun.Of([
            "attention", "--prefix", "7,33", "--spans", "1x1,5x1,3x9", "--heads", "4/2,3/3", "--head-size", "16,20",
            "--threads", threads, "--csv", csv, .. Short])).Json();
        JsonElement[] rows = [.. report.GetProperty("rows").EnumerateArray()];
        Assert.Equal(2 * 3 * 2 * 2 * 3, rows.Length);
        Assert.Equal(["isolated", "dense", "masked"], rows[..3].Select(row => row.GetProperty("way").GetString()));
        Assert.All(rows, row => Assert.True(
            row.GetProperty("medianMicroseconds").GetDouble() > 0
            && row.GetProperty("medianMicroseconds").GetDouble() <= row.GetProperty("p95Microseconds").GetDouble()
            && row.GetProperty("shareOfPeak").GetDouble() > 0));
        Assert.All(rows, row => Assert.InRange(
            row.GetProperty("tilesVisited").GetInt64(), 1, row.GetProperty("tilesOfMask").GetInt64()));
        Assert.True(report.GetProperty("before").GetProperty("gigabytesPerSecond").GetDouble() > 0);
        string[] lines = await File.ReadAllLinesAsync(csv, TestContext.Current.CancellationToken);
        Assert.Equal(1 + rows.Length, lines.Length);
        Assert.All(lines, line => Assert.Equal(16, line.Split(',').Length));
    }

    /// <summary>Counted by hand.</summary>
    [Fact]
    public void TilesAreCounted()
    {
        // A prefix of 40 takes 3 tiles; spans of 16 begin in its last one, at 40, 56, 72, 88.
        var shape = new AttentionCase(Prefix: 40, Spans: 4, Length: 16, Heads: 2, KvHeads: 1, HeadSize: 8);
        int keyTiles = (3 + 1) + (3 + 2) + (3 + 2) + (3 + 2); // of a row of each
        Assert.Equal(2 * 16 * keyTiles, shape.KeyTiles(isolated: true));
        Assert.Equal(2 * 64 * 7, shape.KeyTiles(isolated: false)); // 104 keys
        Assert.Equal(4.0 * 8 * 2 * 64 * 56, shape.Flops(shape.VisibleKeys(isolated: true)));
        Assert.Equal(4.0 * 8 * 2 * 64 * 104, shape.Flops(shape.VisibleKeys(isolated: false)));
        Assert.Equal(4.0 * ((2 * 8 * 104) + (2 * 2 * 8 * 64)), shape.Bytes);
    }

    [Fact]
    public async Task OpReportsHaveBytesAndFlops()
    {
        using var folder = new TemporaryDirectory();
        JsonElement report = (await BenchRun.Of([
            "ops", "--shape", "custom", "--rows", "1,7", "--type", "bf16,f32", "--threads", "2",
            "--out", folder.Path, .. Short])).Json();
        JsonElement[] rows = [.. report.GetProperty("rows").EnumerateArray()];
        string[] names = [.. rows.Select(row => row.GetProperty("op").GetString()!).Distinct()];
        Assert.Equal(
            [
                "embedding", "rms_norm", "rotary", "product_qkv", "product_output", "product_gate_up", "product_down",
                "product_logits", "silu_mul", "sample_greedy", "sample_top_p_top_k", "unmask",
            ],
            names);
        Assert.Equal(2 * (7 + (2 * 5)), rows.Length);
        JsonElement product = rows.First(row => row.GetProperty("op").GetString() == "product_down");
        Assert.Equal(2.0 * 768 * 256, product.GetProperty("flops").GetDouble());
        Assert.Equal((2.0 * 768 * 256) + (4.0 * (768 + 256)), product.GetProperty("bytes").GetDouble());
        Assert.All(rows, row => Assert.True(row.GetProperty("medianMicroseconds").GetDouble() > 0));
        Assert.StartsWith("ops-cpu-", Path.GetFileName(Assert.Single(Directory.GetFiles(folder.Path))));
        JsonElement one = (await BenchRun.Of(
            ["ops", "--shape", "custom", "--rows", "1", "--only", "norm", .. Short])).Json();
        Assert.Equal("rms_norm", Assert.Single(one.GetProperty("rows").EnumerateArray()).GetProperty("op").GetString());
    }

    [Theory]
    [InlineData("--spans '4': expected spans x length", "attention", "--spans", "4")]
    [InlineData("--spans '0x4'", "attention", "--spans", "0x4")]
    [InlineData("does not divide", "attention", "--heads", "14/3")]
    [InlineData("--prefix 'x'", "attention", "--prefix", "192,x")]
    [InlineData("--inputs", "attention", "--inputs", "0")]
    [InlineData("bf16", "attention", "--type", "bf16")]
    [InlineData("--rows ''", "ops", "--rows", "")]
    [InlineData("--type 'f16'", "ops", "--type", "f16")]
    public async Task WrongOptionsAreUsageErrors(string part, params string[] args) =>
        (await BenchRun.Of(args)).AssertFails(Application.Usage, part);
}
