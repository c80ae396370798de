using System.Text;
using FsCheck.Fluent;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;
using static PlannedDiffusion.Tests.Weights.RawSafetensors;

namespace PlannedDiffusion.Tests.Weights;

/// <summary>An index cannot reach outside its folder, and contradictions with the shards are named.</summary>
public sealed class SafetensorsIndexTests
{
    private const string Valid =
        """{"metadata":{"total_size":8},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""";

    public static TheoryData<string, string> Malformed => new()
    {
        { "", "not a valid JSON document" },
        { "[]", "there is no weight_map" },
        { "{}", "there is no weight_map" },
        { "{\"weight_map\":[]}", "weight_map is not an object" },
        { "{\"weight_map\":{},\"weight_map\":{}}", "weight_map" },
        { "{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}", "'a'" },
        { "{\"weight_map\":{\"a\":1}}", "the shard of tensor 'a' is not a string" },
        { "{\"weight_map\":{\"a\":\"x\"}} x", "not a valid JSON document" },
        { "{\"metadata\":" + new string('[', 100_000), "not a valid JSON document" },
        { "{\"weight_map\":{\"a\":\"\\ud800\"}}", "not a valid JSON document" },
        { "{\"weight_map\":{\"\\ud800\":\"a\"}}", "not a valid JSON document" },
    };

    public static TheoryData<string> Escapes => [
        "/etc/passwd", "../x.safetensors", "..", ".", "", "a/b.safetensors", "a/../../b", "..\\x", "C:\\x", "C:x",
        "\\\\server\\x", "x\\u0000.safetensors", "..\\u002fx", "//x"];

    [Theory]
    [MemberData(nameof(Malformed))]
    public void MalformedIndexesAreRefused(string json, string message)
    {
        var error = Assert.Throws<SafetensorsException>(
            () => SafetensorsIndex.Parse(Encoding.UTF8.GetBytes(json), "dir/i"));
        Assert.StartsWith("dir/i: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void AnIndexThatIsNotUtf8IsRefused()
    {
        byte[] json = [.. "{\"weight_map\":{\"a"u8, 0xFF, .. "\":\"x\"}}"u8];
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsIndex.Parse(json, "i"));
        Assert.StartsWith("i: not a valid JSON document", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Escapes))]
    public void PathsInsteadOfFileNamesAreRefused(string shard)
    {
        string text = shard.Contains("\\u", StringComparison.Ordinal) ? shard : shard.Replace("\\", "\\\\");
        string json = "{\"weight_map\":{\"w\":\"" + text + "\"}}";
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsIndex.Parse(bytes, "i"));
        Assert.Contains("tensor 'w' is in '", error.Message, StringComparison.Ordinal);
        Assert.Contains("no plain file name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DotsInsideNamesAreAccepted()
    {
        var index = SafetensorsIndex.Parse("""{"weight_map":{"w":"a..b.safetensors"}}"""u8.ToArray(), "i");
        Assert.Equal("a..b.safetensors", index.ShardOf["w"]);
    }

    [Fact]
    public void DamagedIndexesAreReadOrRefused()
    {
        var damages = from place in Gen.Choose(0, Valid.Length - 1)
                      from length in Gen.Choose(0, 8)
                      from value in Gen.Choose(0, 255)
                      select (place, length, (byte)value);
        FixedSeed.Check(damages, 2000, damage =>
        {
            (int place, int length, byte value) = damage;
            byte[] valid = Encoding.UTF8.GetBytes(Valid);
            byte[] json = [.. valid[..place], value, .. valid[Math.Min(valid.Length, place + length)..]];
            try
            {
                Assert.All(
                    SafetensorsIndex.Parse(json, "i").ShardOf.Values, shard => Assert.DoesNotContain('/', shard));
            }
            catch (SafetensorsException e)
            {
                Assert.StartsWith("i: ", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(e.Message, char.IsControl);
            }
        });
    }

    [Fact]
    public void AMissingShardIsNamed() => AssertContradiction(
        new() { ["a"] = "1.safetensors", ["b"] = "2.safetensors" }, one: "a", two: null,
        CheckpointFiles.IndexName, "the shard '2.safetensors' does not exist");

    [Fact]
    public void ATensorMissingFromItsShardIsNamed() => AssertContradiction(
        new() { ["a"] = "1.safetensors", ["b"] = "1.safetensors" }, one: "a", two: null,
        CheckpointFiles.IndexName, "tensor 'b' is not in its shard '1.safetensors'");

    [Fact]
    public void ATensorInAnotherShardIsNamed() => AssertContradiction(
        new() { ["a"] = "2.safetensors", ["b"] = "1.safetensors" }, one: "a", two: "b",
        "1.safetensors", "tensor 'a' is here, but in '2.safetensors' by model.safetensors.index.json");

    [Fact]
    public void ATensorThatTheIndexDoesNotListIsNamed() => AssertContradiction(
        new() { ["b"] = "2.safetensors", ["c"] = "1.safetensors" }, one: "a", two: "b",
        "1.safetensors", "tensor 'a' is not in the index");

    [Fact]
    public void ATensorInTwoShardsIsNamed() => AssertContradiction(
        new() { ["a"] = "1.safetensors", ["b"] = "2.safetensors" }, one: "a", two: "b a",
        "2.safetensors", "tensor 'a' is here, but in '1.safetensors'");

    [Fact]
    public void AConsistentIndexOpens()
    {
        using var folder = new TemporaryDirectory();
        Write(folder, new() { ["a"] = "1.safetensors", ["b"] = "2.safetensors" }, "a", "b");
        using var files = CheckpointFiles.Open(folder.Path);
        Assert.Equal(2, files.Files.Count);
        Assert.Equal(["a", "b"], files.Tensors.Keys.Order());
        Assert.EndsWith("2.safetensors", files.Tensors["b"].File.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void FoldersWithoutACheckpointAreNamed()
    {
        using var folder = new TemporaryDirectory();
        string none = folder.File("none");
        Assert.Equal(
            $"{none}: no such folder", Assert.Throws<CheckpointException>(() => CheckpointFiles.Open(none)).Message);
        Assert.Equal(
            $"{folder.Path}: there is no model.safetensors and no model.safetensors.index.json",
            Assert.Throws<CheckpointException>(() => CheckpointFiles.Open(folder.Path)).Message);
    }

    private static void AssertContradiction(
        Dictionary<string, string> map, string? one, string? two, string file, string message)
    {
        using var folder = new TemporaryDirectory();
        Write(folder, map, one, two);
        var error = Assert.Throws<SafetensorsException>(() => CheckpointFiles.Open(folder.Path));
        Assert.StartsWith(folder.File(file) + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static void Write(TemporaryDirectory folder, Dictionary<string, string> map, string? one, string? two)
    {
        TinyModels.WriteIndex(folder.Path, map);
        if (one is not null) folder.Write("1.safetensors", EmptyTensors(one));
        if (two is not null) folder.Write("2.safetensors", EmptyTensors(two));
    }

    private static byte[] EmptyTensors(string names) =>
        File("{" + string.Join(",", names.Split(' ').Select(name => Tensor(name, "U8", "0", "0,0"))) + "}", 0);
}
