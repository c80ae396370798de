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

    /// <summary>What a real GPU gave once, or null.</summary>
    public static FragmentDump? OfRealDevice()
    {
        string path = Repository.PathTo("tests", "golden-gpu", "fragments.json");
        return File.Exists(path) ? JsonSerializer.Deserialize<FragmentDump>(File.ReadAllText(path), Format) : null;
    }

    /// <summary>Writes it to the file that PD_FRAGMENTS names, if it names one.</summary>
    public void WriteIfAsked()
    {
        if (Environment.GetEnvironmentVariable("PD_FRAGMENTS") is { Length: > 0 } path)
            File.WriteAllText(path, JsonSerializer.Serialize(this, Format) + "\n");
    }
}
