using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>A model as a hub has it: files at a commit.</summary>
internal sealed class HubRepository
{
    public const string Name = "own/er.1";
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Two files that are fetched in one go, one in parts, and two that nobody wants.</summary>
    public static HubRepository Single(int weights = 10_000) => new HubRepository()
        .With("config.json", "{}").With("tokenizer.json", "{\"model\":1}").With("README.md", "# Read")
        .With("pytorch_model.bin", "pickle").With("model.safetensors", Random(weights, 1));

    /// <summary>A model in two shards.</summary>
    public static HubRepository Sharded() => new HubRepository()
        .With("config.json", "{}").With("vocab.json", "{}").With("merges.txt", "#version: 0.2")
        .With("model.safetensors.index.json", """{"weight_map":{"x":"a.safetensors","y":"b.safetensors"}}""")
        .With("a.safetensors", Random(5000, 2)).With("b.safetensors", Random(3001, 3))
        .With("c.safetensors", Random(10, 4));

    public static byte[] Random(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public HubRepository With(string name, string text) => With(name, Encoding.UTF8.GetBytes(text));

    public HubRepository With(string name, byte[] bytes)
    {
        Files[name] = bytes;
        return this;
    }

    /// <summary>The name of a file's blob.</summary>
    public string Checksum(string name)
    {
        if (IsLarge(name)) return Convert.ToHexStringLower(SHA256.HashData(Files[name]));
        using var git = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        git.AppendData(Encoding.ASCII.GetBytes($"blob {Files[name].Length}\0"));
        git.AppendData(Files[name]);
        return Convert.ToHexStringLower(git.GetHashAndReset());
    }

    public static bool IsLarge(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal);

    public byte[] Listing() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = Name,
        sha = Commit,
        siblings = Files.Keys.Select(name => new { rfilename = name }),
    });
}
