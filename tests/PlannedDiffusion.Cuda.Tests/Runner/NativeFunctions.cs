using System.Reflection;
using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>All functions of native libraries that the runtime imports.</summary>
internal static class NativeFunctions
{
    public static IEnumerable<string> All =>
        ((Type[])[typeof(DriverApi), typeof(NvrtcApi), typeof(CuBlasApi)])
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        .Where(method => method.Name.StartsWith("cu", StringComparison.Ordinal)
            || method.Name.StartsWith("nvrtc", StringComparison.Ordinal))
        .Select(method => method.Name)
        .Distinct();
}
