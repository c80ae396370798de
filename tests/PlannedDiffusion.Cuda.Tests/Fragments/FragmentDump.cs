using System.Text.Json;
using System.Text.Json.Serialization;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Cuda.Tests.Fragments;

/// <summary>What each lane of a warp held after the instructions of <c>ptx.cuh</c>, as bits.</summary>
/// <param name="Device">Which device it was.</param>
/// <param name="Architecture">For instance <c>sm_90</c>.</param>
/// <param name="Mma">d of the product of <see cref="FragmentInputs"/>, four words a lane.</param>
/// <param name="LdMatrix">Four words a lane.</param>
/// <param name="LdMatrixTransposed">Four words a lane.</param>
/// <param name="CopyAsync">Three rounds of four words a lane.</param>
/// <param name="Scalars">For each pair of inputs: exp2, log2, rsqrt, rcp, max, pack.</param>
internal sealed record FragmentDump(
    string Device,
    string Architecture,
    uint[] Mma,
    uint[] LdMatrix,
    uint[] LdMatrixTransposed,
    uint[] CopyAsync,
    uint[] Scalars)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>What real GPUs gave, one file each.</summary>
    public static FragmentDump[] OfRealDevices() =>
    [
        .. Directory.EnumerateFiles(Repository.PathTo("tests", "golden-gpu"), "*.json")
            .Select(path => Parse(File.ReadAllText(path))),
    ];

    public static FragmentDump Parse(string json) => JsonSerializer.Deserialize<FragmentDump>(json, Format)!;

    public string ToJson() => JsonSerializer.Serialize(this, Format) + "\n";

    /// <summary>What differs from another device's, of all that must be the same bits; empty if nothing does.</summary>
    public string DifferenceFrom(FragmentDump other) => string.Join(", ", new (string Name, uint[] Here, uint[] There)[]
    {
        ("mma", Mma, other.Mma),
        ("ldmatrix", LdMatrix, other.LdMatrix),
        ("ldmatrix.trans", LdMatrixTransposed, other.LdMatrixTransposed),
        ("cp.async", CopyAsync, other.CopyAsync),
        ("cvt.rn.bf16x2", Packed(Scalars), Packed(other.Scalars)),
    }.Where(part => !part.Here.AsSpan().SequenceEqual(part.There)).Select(part => part.Name));

    /// <summary>Writes it to the file that PD_FRAGMENTS names, if it names one.</summary>
    public void WriteIfAsked()
    {
        if (Environment.GetEnvironmentVariable("PD_FRAGMENTS") is { Length: > 0 } path)
            File.WriteAllText(path, ToJson());
    }

    // The other scalars are approximations, which each device makes in its own way.
    private static uint[] Packed(uint[] scalars) => [.. scalars.Where((_, index) => index % 6 == 5)];
}
