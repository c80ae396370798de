using System.Globalization;
using PlannedDiffusion.Cuda.Compilation;

namespace PlannedDiffusion.Cuda.Kernels;

internal static class KernelDefines
{
    /// <summary>The options with whole numbers defined on top.</summary>
    public static KernelOptions With(this KernelOptions options, params (string Name, int Value)[] added)
    {
        var defines = new Dictionary<string, string>(options.Defines);
        foreach ((string name, int value) in added) defines[name] = value.ToString(CultureInfo.InvariantCulture);
        return options with { Defines = defines };
    }
}
