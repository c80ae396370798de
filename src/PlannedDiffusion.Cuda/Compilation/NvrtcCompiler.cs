using System.Globalization;
using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>The run-time compiler that comes with CUDA.</summary>
internal sealed class NvrtcCompiler : IDeviceCompiler
{
    private readonly int _major;
    private readonly int[] _architectures;

    private NvrtcCompiler(int major, int minor, int[] architectures)
    {
        _major = major;
        _architectures = architectures;
        Version = $"nvrtc-{major}.{minor}";
    }

    public string Version { get; }

    /// <summary>Null if NVRTC is not installed.</summary>
    public static NvrtcCompiler? TryLoad(CudaLibraries libraries)
    {
        if (!libraries.HasNvrtc) return null;
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcVersion(out int major, out int minor));
        return new NvrtcCompiler(major, minor, SupportedArchitectures());
    }

    public byte[] Compile(KernelSource source, string architecture, IReadOnlyList<string> options)
    {
        string target = Target(architecture, _major, _architectures);
        using var program = new NvrtcProgram(source);
        program.Compile([$"--gpu-architecture={target}", "-std=c++17", .. options]);
        return target.StartsWith("sm_", StringComparison.Ordinal) ? program.MachineCode() : program.Ptx();
    }

    /// <summary>
    /// The architecture to compile for: the device's own if the compiler supports it, else the nearest older one of the
    /// same major version, else the newest older virtual architecture, whose PTX the driver compiles.
    /// </summary>
    /// <param name="architecture">The device's architecture.</param>
    /// <param name="compiler">The compiler's major version.</param>
    /// <param name="supported">
    /// The architectures that the compiler supports, ascending; empty if it does not say.
    /// </param>
    internal static string Target(string architecture, int compiler, IReadOnlyList<int> supported)
    {
        int device = int.Parse(architecture.AsSpan("sm_".Length), CultureInfo.InvariantCulture);
        if (supported.Count == 0 || supported.Contains(device))
        {
            // sm_90a has features of Hopper that later devices lack. Compilers know it since version 12.
            return device == 90 && compiler >= 12 ? "sm_90a" : architecture;
        }

        int nearest = supported.LastOrDefault(candidate => candidate < device);
        if (nearest == 0) return architecture;
        return nearest / 10 == device / 10 ? $"sm_{nearest}" : $"compute_{nearest}";
    }

    private static unsafe int[] SupportedArchitectures()
    {
        try
        {
            CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetNumSupportedArchs(out int count));
            var architectures = new int[count];
            fixed (int* first = architectures) CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetSupportedArchs(first));
            Array.Sort(architectures);
            return architectures;
        }
        catch (EntryPointNotFoundException)
        {
            return []; // the simulated compiler lacks these functions
        }
    }
}
