using PlannedDiffusion.Cpu.Memory;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>Cosines and sines of all positions, computed once. Angles are in f32, as in the reference.</summary>
internal sealed unsafe class RotaryTable : IDisposable
{
    private readonly NativeBuffer _values; // [positions, 2, half]
    private readonly int _half;

    public RotaryTable(int positions, int headSize, double theta)
    {
        _half = headSize / 2;
        _values = NativeBuffer.AllocateFloats((nint)positions * headSize);
        for (int i = 0; i < _half; i++)
        {
            float frequency = (float)(1 / Math.Pow(theta, 2.0 * i / headSize));
            for (int position = 0; position < positions; position++)
            {
                double angle = position * frequency;
                Cosines(position)[i] = (float)Math.Cos(angle);
                Sines(position)[i] = (float)Math.Sin(angle);
            }
        }
    }

    public static long SizeOf(int positions, int headSize) => (long)positions * headSize * sizeof(float);

    public float* Cosines(int position) => _values.Floats + (nint)position * 2 * _half;

    public float* Sines(int position) => Cosines(position) + _half;

    public void Dispose() => _values.Dispose();
}
