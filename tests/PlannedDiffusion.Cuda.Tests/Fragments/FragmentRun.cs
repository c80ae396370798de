using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Tests.Fragments;

/// <summary>Runs <c>fragments.cu</c> on a device.</summary>
internal static class FragmentRun
{
    private const int Lanes = FragmentInputs.Lanes, ResultsPerScalar = 6;

    public static FragmentDump On(TestDevice device)
    {
        CudaModule module = device.Library.Load(Source(), new KernelOptions(true));
        (uint[] plain, uint[] transposed) = LdMatrix(device, module);
        return new FragmentDump(
            device.Device.Name, device.Device.Architecture,
            Mma(device, module), plain, transposed, CopyAsync(device, module), Scalars(device, module));
    }

    private static KernelSource Source()
    {
        using Stream stream = typeof(FragmentRun).Assembly.GetManifestResourceStream("fragments.cu")!;
        using var reader = new StreamReader(stream);
        return KernelSource.FromText("fragments.cu", reader.ReadToEnd());
    }

    private static uint[] Mma(TestDevice device, CudaModule module)
    {
        ulong d = device.Allocate<float>(4 * Lanes);
        Launch(device, module, "fragment_mma", new FourPointers
        {
            First = d,
            Second = device.Upload(FragmentInputs.A),
            Third = device.Upload(FragmentInputs.B),
            Fourth = device.Upload(FragmentInputs.C),
        });
        return device.Download<uint>(d, 4 * Lanes);
    }

    private static (uint[] Plain, uint[] Transposed) LdMatrix(TestDevice device, CudaModule module)
    {
        ulong plain = device.Allocate<uint>(4 * Lanes), transposed = device.Allocate<uint>(4 * Lanes);
        Launch(device, module, "fragment_ldmatrix", new ThreePointers
        {
            First = plain,
            Second = transposed,
            Third = device.Upload(FragmentInputs.Matrices),
        });
        return (device.Download<uint>(plain, 4 * Lanes), device.Download<uint>(transposed, 4 * Lanes));
    }

    private static uint[] CopyAsync(TestDevice device, CudaModule module)
    {
        int count = FragmentInputs.CopySource.Length;
        ulong copied = device.Allocate<uint>(count);
        Launch(device, module, "fragment_cp_async", new TwoPointers
        {
            First = copied,
            Second = device.Upload(FragmentInputs.CopySource),
        });
        return device.Download<uint>(copied, count);
    }

    private static uint[] Scalars(TestDevice device, CudaModule module)
    {
        int count = FragmentInputs.X.Length;
        ulong results = device.Allocate<uint>(ResultsPerScalar * count);
        var parameters = new ScalarParameters
        {
            Results = results,
            X = device.Upload(FragmentInputs.X),
            Y = device.Upload(FragmentInputs.Y),
            Count = count,
        };
        module.GetFunction("fragment_scalars").Launch(device.Stream, new(1), new(Lanes), 0, parameters);
        return device.Download<uint>(results, ResultsPerScalar * count);
    }

    private static void Launch<T>(TestDevice device, CudaModule module, string kernel, T parameters)
        where T : unmanaged =>
        module.GetFunction(kernel).Launch(device.Stream, new(1), new(Lanes), 0, parameters);

    [StructLayout(LayoutKind.Sequential)]
    private struct TwoPointers
    {
        public ulong First, Second;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ThreePointers
    {
        public ulong First, Second, Third;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FourPointers
    {
        public ulong First, Second, Third, Fourth;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ScalarParameters
    {
        public ulong Results, X, Y;
        public int Count;
    }
}
