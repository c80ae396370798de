using System.Globalization;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Nvrtc.Tests;

/// <summary>A line of <c>kernels/spills.txt</c>.</summary>
/// <param name="Variant">As <see cref="KernelVariant.Name"/>.</param>
/// <param name="Architecture">For instance <c>sm_90</c>.</param>
/// <param name="MostBytes">What a thread may spill.</param>
/// <param name="Reason">Why that is bearable.</param>
internal sealed record AllowedSpill(string Variant, string Architecture, int MostBytes, string Reason)
{
    public static IReadOnlyList<AllowedSpill> All() =>
    [
        .. from line in File.ReadLines(Repository.PathTo("kernels", "spills.txt"))
           where line.Trim().Length > 0 && line[0] != '#'
           let parts = line.Split(';', 4, StringSplitOptions.TrimEntries)
           select new AllowedSpill(
               parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture), parts[3]),
    ];
}
