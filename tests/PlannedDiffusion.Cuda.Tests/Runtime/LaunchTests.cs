using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runtime;

public sealed class LaunchTests(TestDevice device) : CudaTests(device)
{
    private const string Mixed =
        """
        #include "types.cuh"

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
            if (threadIdx.x != 0) return;
            double* out = p.out + 6 * blockIdx.x;
            out[0] = p.a, out[1] = (double)p.b, out[2] = p.c, out[3] = p.d, out[4] = p.e, out[5] = p.f;
        }
        """;

    [Fact]
    public void AStructOfMixedFieldsArrivesWhole()
    {
        CudaModule module = Device.Library.Load(KernelSource.FromText("mixed.cu", Mixed), new KernelOptions(true));
        const int Blocks = 3;
        ulong output = Device.Allocate<double>(6 * Blocks);
        var parameters = new MixedParameters
        {
            Out = output,
            A = -7,
            B = (1UL << 52) + 1,
            C = 0.375f,
            D = 201,
            E = Math.PI,
            F = int.MinValue,
        };

        module.GetFunction("mixed").Launch(Device.Stream, new(Blocks), new(32), 0, parameters);

        double[] expected = [-7, (1UL << 52) + 1, 0.375, 201, Math.PI, int.MinValue];
        Assert.Equal([.. expected, .. expected, .. expected], Device.Download<double>(output, 6 * Blocks));
    }

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
