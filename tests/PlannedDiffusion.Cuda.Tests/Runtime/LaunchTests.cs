using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Runtime;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runtime;

public sealed class LaunchTests(TestDevice device) : CudaTests(device)
{
    private const string Mixed =
        """
        #include "base/types.cuh"

        struct MixedParameters {
            double* out;
            int a;
            u64 b;
            float c;
            u8 d;
            double e;
            int f;
        };

        extern "C" __global__ void mixed(MixedParameters p) {
            DYNAMIC_SHARED(shared);
            shared[threadIdx.x] = 1;
            if (threadIdx.x != 0) return;
            double* out = p.out + 6 * blockIdx.x;
            out[0] = p.a, out[1] = (double)p.b, out[2] = p.c, out[3] = p.d, out[4] = p.e, out[5] = p.f;
        }
        """;

    private const int Values = 6;
    private const int Threads = 32;

    [Fact]
    public void AStructOfMixedFieldsArrivesWhole()
    {
        const int Blocks = 3;
        MixedParameters parameters = Parameters(Blocks);

        Load().Launch(Device.Stream, new(Blocks), new(Threads), Threads, parameters);

        double[] expected = [-7, (1UL << 52) + 1, 0.375, 201, Math.PI, int.MinValue];
        Assert.Equal([.. expected, .. expected, .. expected], Device.Download<double>(parameters.Out, Values * Blocks));
    }

    [Fact]
    public void ALaunchAllocatesNothing()
    {
        CudaFunction mixed = Load();
        CudaStream stream = Device.Stream;
        MixedParameters parameters = Parameters(1);
        mixed.Launch(stream, new(1), new(Threads), Threads, parameters);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) mixed.Launch(stream, new(1), new(Threads), Threads, parameters);
        long after = GC.GetAllocatedBytesForCurrentThread();

        stream.Synchronize();
        Assert.Equal(0, after - before);
    }

    [Fact]
    public void ARefusedLaunchNamesTheKernelAndItsShape()
    {
        CudaFunction mixed = Load();
        MixedParameters parameters = Parameters(1);

        CudaException e = Assert.Throws<CudaException>(
            () => mixed.Launch(Device.Stream, new(2, 3), new(2048), 16, parameters));

        Assert.Equal("cuLaunchKernel", e.Call);
        Assert.Equal((int)CudaResult.InvalidValue, e.Code);
        Assert.EndsWith(
            "; mixed of mixed.cu, grid 2x3x1, block 2048x1x1, 16 bytes of shared memory", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void MuchSharedMemoryMustBeAllowedFirst()
    {
        const int Bytes = 100 * 1024;
        CudaFunction mixed = Load("#define SHARED_TEST\n");
        MixedParameters parameters = Parameters(1);

        Assert.Throws<CudaException>(() => mixed.Launch(Device.Stream, new(1), new(Threads), Bytes, parameters));
        mixed.AllowShared(Bytes);
        mixed.Launch(Device.Stream, new(1), new(Threads), Bytes, parameters);

        Assert.Equal(-7, Device.Download<double>(parameters.Out, Values)[0]);
        CudaException e = Assert.Throws<CudaException>(() => mixed.AllowShared(1 << 24));
        Assert.Contains("mixed with 16777216 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AttributesAreThoseOfTheCompiledKernel()
    {
        (int registers, int local, int shared) = Load().Attributes();

        Assert.InRange(registers, 0, 255);
        Assert.InRange(local, 0, 1024);
        Assert.InRange(shared, 0, 1024);
    }

    /// <summary>Else the multiprocessors divide their L1 anew between kernels that differ in it.</summary>
    [Fact]
    public void EveryKernelPrefersAllSharedMemoryThereIs() => Assert.Equal(100, Load().SharedCarveout);

    [Fact]
    public void AMissingKernelIsNamedWithItsModule()
    {
        CudaModule module = Device.Library.Load(KernelSource.FromText("mixed.cu", Mixed), new KernelOptions(true));

        CudaException e = Assert.Throws<CudaException>(() => module.GetFunction("absent"));

        Assert.Equal((int)CudaResult.NotFound, e.Code);
        Assert.EndsWith("; absent in mixed.cu", e.Message, StringComparison.Ordinal);
    }

    private CudaFunction Load(string prefix = "") =>
        Device.Library.Load(KernelSource.FromText("mixed.cu", prefix + Mixed), new KernelOptions(true))
            .GetFunction("mixed");

    private MixedParameters Parameters(int blocks) => new()
    {
        Out = Device.Allocate<double>(Values * blocks),
        A = -7,
        B = (1UL << 52) + 1,
        C = 0.375f,
        D = 201,
        E = Math.PI,
        F = int.MinValue,
    };

    [StructLayout(LayoutKind.Sequential)]
    private struct MixedParameters
    {
        public ulong Out;
        public int A;
        public ulong B;
        public float C;
        public byte D;
        public double E;
        public int F;
    }
}
