using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Cuda.Loading;

/// <summary>
/// Random weights that the device writes itself, for benchmarks. Their range keeps the activations of a deep network
/// moderate. Writing 15 GB takes less time than opening a file of that size.
/// </summary>
internal static class RandomDeviceWeights
{
    private const float VectorRange = 0.1f;

    /// <summary>The tensors of a configuration, without data.</summary>
    public static ModelWeights Shapes(ModelConfig config)
    {
        var tensors = new Dictionary<string, WeightTensor>();
        foreach (WeightShape weight in WeightNames.All(config))
        {
            int rows = weight.Shape.Count == 2 ? (int)weight.Shape[0] : 1;
            var nothing = TensorBytes.InMemory(default); // a distinct object for each tensor
            tensors.Add(
                weight.Name, new WeightTensor(weight.Name, DType.BF16, rows, (int)weight.Shape[^1], nothing));
        }

        return ModelWeightsLoader.Assemble(config, name => tensors[name], owner: null);
    }

    /// <summary>Fills reserved weights with random numbers and waits for the device.</summary>
    public static void Fill(
        CudaWeights weights, KernelLibrary library, CudaStream stream, ModelConfig config, Precision precision,
        int seed)
    {
        weights.Clear(stream);
        var kernel = new RandomFillKernel(library, new KernelOptions(precision == Precision.BF16));
        new Filling(kernel, stream, (ulong)(uint)seed << 32).Fill(weights, config);
        stream.Synchronize();
    }

    private sealed class Filling(RandomFillKernel kernel, CudaStream stream, ulong seed)
    {
        public void Fill(CudaWeights weights, ModelConfig config)
        {
            foreach (CudaLayer layer in weights.Layers)
            {
                Norm(layer.InputNorm, config.HiddenSize);
                Matrix(layer.QueryKeyValue);
                Vector(layer.QueryKeyValueBias, config.QuerySize + 2 * config.KvSize, 0);
                Matrix(layer.Output);
                Norm(layer.PostAttentionNorm, config.HiddenSize);
                Matrix(layer.GateUp);
                Matrix(layer.Down);
            }

            Norm(weights.FinalNorm, config.HiddenSize);
            Matrix(weights.LmHead);
            if (weights.Embedding != weights.LmHead) Matrix(weights.Embedding);
        }

        private void Norm(ulong address, int columns) => Vector(address, columns, 1);

        private void Vector(ulong address, int columns, float mean) => Launch(new RandomFillParameters
        {
            Out = address,
            Rows = 1,
            Columns = columns,
            Stride = columns,
            IsFloat = 1,
            Mean = mean,
            Range = VectorRange,
        });

        private void Matrix(WeightMatrix matrix) => Launch(new RandomFillParameters
        {
            Out = matrix.Address,
            Rows = matrix.Rows,
            Columns = matrix.Columns,
            Stride = matrix.PaddedColumns,
            Range = MathF.Sqrt(3f / matrix.Columns),
        });

        private void Launch(in RandomFillParameters parameters) =>
            kernel.Launch(stream, parameters with { Seed = ++seed });
    }
}
