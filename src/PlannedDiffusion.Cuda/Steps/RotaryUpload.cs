using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Computes the cosines and sines of all positions once on the host. Angles are f32, as in the reference.
/// </summary>
internal static class RotaryUpload
{
    public static void Run(
        CudaDevice device, CudaStream stream, ulong target, int positions, int headSize, double theta)
    {
        int half = headSize / 2;
        using PinnedMemory staging = device.AllocatePinned((long)positions * headSize * sizeof(float), "rotary table");
        Fill(staging.Address, positions, half, theta);
        stream.CopyToDevice(target, staging.Address, staging.Bytes);
        stream.Synchronize();
    }

    private static unsafe void Fill(nint address, int positions, int half, double theta)
    {
        for (int i = 0; i < half; i++)
        {
            float frequency = (float)(1 / Math.Pow(theta, (double)i / half));
            for (int position = 0; position < positions; position++)
            {
                float* pair = (float*)address + 2 * ((long)position * half + i);
                double angle = position * frequency;
                pair[0] = (float)Math.Cos(angle);
                pair[1] = (float)Math.Sin(angle);
            }
        }
    }
}
