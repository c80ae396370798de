using System.Text;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Files;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Files;

/// <summary>Checkpoint files that are not regular files, longer than reported, or of another kind.</summary>
public sealed class RegularFileTests
{
    private static readonly string[] Names =
    [
        "config.json", "tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "model.safetensors",
        "model.safetensors.index.json", "1.safetensors", "planned_diffusion.json",
    ];

    public static TheoryData<string, string, string> Special => [.. from name in Names
        from kind in new[]
        {
            ("fifo", "a FIFO"), ("endless", "a device"), ("folder", "a folder"),
            ("dangling", ".gone', which does not exist"),
        }
        select (name, kind.Item1, kind.Item2)];

    [Theory]
    [MemberData(nameof(Special))]
    public void IrregularFilesAreRefusedByKind(string name, string kind, string message)
    {
        using TemporaryDirectory folder = Checkpoint(name);
        SpecialFile.Put(kind, folder.File(name));
        Exception error = Assert.ThrowsAny<Exception>(() => Read(folder.Path, name));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Leftovers of failed downloads, and their names in messages.</summary>
    public static TheoryData<string, string, string> Misplaced => [.. from name in Names
        from content in new[]
        {
            ("version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 9\n", "Git LFS"),
            ("\n<!DOCTYPE html><html>no such file</html>", "HTML page"),
            ("PK\u0003\u0004\0\0\u0008\u0008archive/data.pkl", "zip archive"),
            ("\u001f\u008b\u0008\0 compressed", "gzip"),
            ("GGUF\u0003\0\0\0\u0001\0\0\0", "GGUF"),
        }
        select (name, content.Item1, content.Item2)];

    [Theory]
    [MemberData(nameof(Misplaced))]
    public void LeftoversOfFailedDownloadsAreRecognized(string name, string content, string message)
    {
        using TemporaryDirectory folder = Checkpoint(name);
        folder.Write(name, Encoding.Latin1.GetBytes(content));
        Exception error = Assert.ThrowsAny<Exception>(() => Read(folder.Path, name));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALinkCountsAsItsTarget()
    {
        using TemporaryDirectory folder = Checkpoint("config.json");
        File.Move(folder.File("config.json"), folder.File("blob"));
        File.CreateSymbolicLink(folder.File("config.json"), folder.File("blob"));
        Assert.Equal(64, ModelConfigFile.Read(folder.File("config.json")).HiddenSize);
        string json = File.ReadAllText(folder.File("blob"));
        File.WriteAllText(folder.File("blob"), json + new string(' ', 1 << 20));
        var error = Assert.Throws<ModelConfigException>(() => ModelConfigFile.Read(folder.File("config.json")));
        Assert.Contains("more than 1048576 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(10_000)]
    public void AFileOfExactlyTheLimitIsRead(int length)
    {
        using var folder = new TemporaryDirectory();
        byte[] content = new byte[length];
        new Random(7).NextBytes(content);
        folder.Write("a", content);
        Assert.Equal(content, RegularFile.ReadText(folder.File("a"), length).ToArray());
        if (length > 0) Assert.Throws<IOException>(() => RegularFile.ReadText(folder.File("a"), length - 1));
    }

    /// <summary>Such files report a length of 0 and have content.</summary>
    [Fact]
    public void AReportedLengthIsNotTrusted()
    {
        Assert.SkipUnless(File.Exists("/proc/self/status"), "There is no /proc.");
        Assert.NotEmpty(RegularFile.ReadText("/proc/self/status", 1 << 20).ToArray());
        Assert.Throws<IOException>(() => RegularFile.ReadText("/proc/self/status", 1 << 9));
    }

    [Fact]
    public void EveryTextMayBeginWithAByteOrderMark()
    {
        foreach (string name in Names.Where(name => !name.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            using TemporaryDirectory folder = Checkpoint(name);
            folder.Write(name, [.. "\uFEFF"u8, .. File.ReadAllBytes(folder.File(name))]);
            Read(folder.Path, name);
        }
    }

    private static TemporaryDirectory Checkpoint(string name)
    {
        TemporaryDirectory folder = TokenizerFiles.Copy("vocab.json", "merges.txt", "tokenizer_config.json");
        TinyModels.WriteTo(folder.Path, TinyModels.Config());
        File.WriteAllText(folder.File("planned_diffusion.json"), "{\"system_prompts\":{\"planned\":\"x\"}}");
        if (name is "model.safetensors.index.json" or "1.safetensors")
        {
            using (var file = SafetensorsFile.Open(folder.File("model.safetensors")))
            {
                TinyModels.WriteIndex(
                    folder.Path, file.Header.Tensors.ToDictionary(tensor => tensor.Name, _ => "1.safetensors"));
            }

            File.Move(folder.File("model.safetensors"), folder.File("1.safetensors"));
        }

        if (name == "tokenizer.json")
            File.Copy(Path.Combine(TokenizerFiles.Directory, name), folder.File(name));
        return folder;
    }

    private static void Read(string folder, string name)
    {
        if (name == CheckpointDefaults.FileName) CheckpointDefaults.Read(folder);
        else if (name is "tokenizer.json" or "vocab.json" or "merges.txt" or "tokenizer_config.json")
            Tokenizer.Load(folder);
        else ModelWeights.Load(folder).Dispose();
    }
}
