using System.Runtime.InteropServices;
using PlannedDiffusion.Models;
using PlannedDiffusion.Numerics;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Bench.Host;

/// <summary>
/// Checkpoints of any shape with random bf16 weights, for measurements without a download. The time of a step does not
/// depend on the values of the weights.
/// </summary>
public static class RandomCheckpoint
{
    private const int BlockElements = 1 << 16;

    /// <summary>
    /// Writes <c>config.json</c> and <c>model.safetensors</c> into a folder, which is created if it is missing.
    /// </summary>
    public static void Write(string directory, ModelConfig config, int seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        Directory.CreateDirectory(directory);
        using (FileStream file = File.Create(Path.Combine(directory, ModelConfigFile.Name)))
            ModelConfigFile.Write(file, config);

        WeightShape[] weights = [.. WeightNames.All(config)];
        using FileStream stream = new(
            Path.Combine(directory, CheckpointFiles.SingleName), FileMode.Create, FileAccess.Write, FileShare.None, 1);
        var writer = new SafetensorsWriter(
            stream, [.. weights.Select(weight => new TensorDeclaration(weight.Name, StoredType.BF16, weight.Shape))]);
        var generator = new Generator(seed);
        foreach (WeightShape weight in weights) generator.Write(writer, weight);
        writer.Complete();
    }

    private sealed class Generator(int seed)
    {
        private readonly float[] _values = new float[BlockElements];
        private readonly ushort[] _block = new ushort[BlockElements];
        private ulong _state = ((ulong)(uint)seed << 32) | 0x9E3779B9;

        public void Write(SafetensorsWriter writer, WeightShape weight)
        {
            (float mean, float range) = Distribution(weight);
            for (long left = weight.ElementCount; left > 0; left -= BlockElements)
            {
                Span<float> values = _values.AsSpan(0, (int)Math.Min(left, BlockElements));
                for (int i = 0; i < values.Length; i++) values[i] = mean + range * Next();
                Span<ushort> block = _block.AsSpan(0, values.Length);
                BFloat16.FromSingle(values, block);
                writer.Write(MemoryMarshal.AsBytes(block));
            }
        }

        /// <summary>Keeps activations of a deep network at a moderate size.</summary>
        private static (float Mean, float Range) Distribution(WeightShape weight)
        {
            if (weight.Shape.Count == 2) return (0, MathF.Sqrt(3f / weight.Shape[1]));
            return weight.Name.EndsWith("norm.weight", StringComparison.Ordinal) ? (1, 0.1f) : (0, 0.1f);
        }

        /// <summary>
        /// Uniform in [-1, 1), from the upper bits of a linear congruential generator (Knuth's MMIX).
        /// </summary>
        private float Next()
        {
            _state = unchecked(_state * 6364136223846793005 + 1442695040888963407);
            return (int)(_state >> 32) * (1f / (1u << 31));
        }
    }
}
