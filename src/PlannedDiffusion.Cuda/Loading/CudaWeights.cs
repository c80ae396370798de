using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Models.Packing;

namespace PlannedDiffusion.Cuda.Loading;

/// <summary>The weights of one layer on the device. Vectors are f32, padded with zeros.</summary>
internal sealed class CudaLayer
{
    public required ulong InputNorm { get; init; } // [width(hidden)]
    public required WeightMatrix QueryKeyValue { get; init; } // [query + 2 kv, hidden]
    public required ulong QueryKeyValueBias { get; init; } // [width(query + 2 kv)]
    public required WeightMatrix Output { get; init; } // [hidden, query]
    public required ulong PostAttentionNorm { get; init; } // [width(hidden)]
    public required WeightMatrix GateUp { get; init; } // 8 rows of gate, 8 of up, ...: [2 width(mlp), hidden]
    public required WeightMatrix Down { get; init; } // [hidden, mlp]
}

/// <summary>All weights on the device. Each tensor has memory of its own.</summary>
internal sealed class CudaWeights : IDisposable
{
    /// <summary>Rows of gate that alternate with as many rows of up. The kernels expect this number.</summary>
    private const int GateUpTurn = 8;

    private readonly List<DeviceMemory> _memory = [];
    private readonly List<Action<WeightUpload>> _copies = []; // copies that Upload has to make
    private readonly Precision _precision;
    private readonly CudaDevice _device;

    private CudaWeights(CudaDevice device, ModelWeights weights, Precision precision)
    {
        _device = device;
        _precision = precision;
        Layers = new CudaLayer[weights.Layers.Count];
    }

    public CudaLayer[] Layers { get; }

    public ulong FinalNorm { get; private set; }

    public WeightMatrix LmHead { get; private set; } // [vocabulary, hidden]

    public WeightMatrix Embedding { get; private set; } // [vocabulary, hidden]; LmHead if they are tied

    /// <summary>Bytes of device memory.</summary>
    public long Bytes => _memory.Sum(memory => memory.Bytes);

    /// <summary>The least bytes that a step with logits reads: the matrices of all layers and the head.</summary>
    public long StepBytes => LmHead.Bytes
        + Layers.Sum(layer => layer.QueryKeyValue.Bytes + layer.Output.Bytes + layer.GateUp.Bytes + layer.Down.Bytes);

    /// <summary>Allocates memory for all weights, uninitialised.</summary>
    /// <exception cref="RunnerCapacityException">
    /// The device has too little memory. The message names the tensor, what it needs and what is free.
    /// </exception>
    public static CudaWeights Reserve(CudaDevice device, ModelWeights weights, Precision precision)
    {
        var reserved = new CudaWeights(device, weights, precision);
        try
        {
            reserved.Reserve(weights);
            return reserved;
        }
        catch
        {
            reserved.Dispose();
            throw;
        }
    }

    /// <summary>Copies the weights to the device. They may be disposed afterwards.</summary>
    public void Upload(CudaStream stream, ModelWeights weights, IProgress<LoadProgress>? progress)
    {
        using var upload = new WeightUpload(
            _device,
            stream,
            _precision,
            _memory.Max(memory => memory.Bytes),
            StackedRows.SizeOfMatrices(weights),
            progress);
        foreach (Action<WeightUpload> copy in _copies) copy(upload);
        upload.Complete();
        _copies.Clear();
    }

    /// <summary>Sets all memory to zero.</summary>
    public void Clear(CudaStream stream)
    {
        foreach (DeviceMemory memory in _memory) stream.Fill(memory.Address, 0, memory.Bytes);
    }

    public void Dispose()
    {
        foreach (DeviceMemory memory in _memory) memory.Dispose();
        _memory.Clear();
    }

    private void Reserve(ModelWeights weights)
    {
        long total = TotalBytes(weights);
        (long free, long all) = _device.Memory();
        if (total > free)
        {
            throw new RunnerCapacityException(
                $"All weights need {total:N0} bytes of device memory, {free:N0} of {all:N0} are free.");
        }

        var plan = new Reservation(this, total);
        for (int i = 0; i < Layers.Length; i++)
        {
            LayerWeights layer = weights.Layers[i];
            Layers[i] = new CudaLayer
            {
                InputNorm = plan.Vector(layer.InputNorm),
                QueryKeyValue = plan.Matrix(StackedRows.Below(layer.Query, layer.Key, layer.Value)),
                QueryKeyValueBias = plan.Vector(layer.QueryBias, layer.KeyBias, layer.ValueBias),
                Output = plan.Matrix(StackedRows.Below(layer.Output)),
                PostAttentionNorm = plan.Vector(layer.PostAttentionNorm),
                GateUp = plan.Matrix(StackedRows.InTurns(layer.Gate, layer.Up, GateUpTurn)),
                Down = plan.Matrix(StackedRows.Below(layer.Down)),
            };
        }

        FinalNorm = plan.Vector(weights.FinalNorm);
        LmHead = plan.Matrix(StackedRows.Below(weights.LmHead));
        bool tied = weights.Embedding.Data == weights.LmHead.Data;
        Embedding = tied ? LmHead : plan.Matrix(StackedRows.Below(weights.Embedding));
    }

    private long TotalBytes(ModelWeights weights)
    {
        ModelConfig config = weights.Config;
        long hidden = PaddedWidth.Of(config.HiddenSize), query = PaddedWidth.Of(config.QuerySize);
        long stacked = PaddedWidth.Of(config.QuerySize + 2 * config.KvSize);
        long mlp = PaddedWidth.Of(config.IntermediateSize), vocabulary = PaddedWidth.Of(config.VocabularySize);
        bool tied = weights.Embedding.Data == weights.LmHead.Data;
        long layer = hidden * (stacked + query + 3 * mlp);
        long elements = config.LayerCount * layer + vocabulary * hidden * (tied ? 1 : 2);
        long vectors = config.LayerCount * (2 * hidden + stacked) + hidden;
        return elements * WeightUpload.ElementBytes(_precision) + vectors * sizeof(float);
    }

    /// <summary>Allocates memory and notes the copies to make.</summary>
    private sealed class Reservation(CudaWeights owner, long total)
    {
        public WeightMatrix Matrix(StackedRows source)
        {
            long elements = (long)PaddedWidth.Of(source.Rows) * PaddedWidth.Of(source.Columns);
            DeviceMemory memory = Allocate(elements * WeightUpload.ElementBytes(owner._precision), source.Name);
            var matrix = new WeightMatrix(memory, source.Rows, source.Columns);
            owner._copies.Add(upload => upload.Matrix(matrix, source));
            return matrix;
        }

        public ulong Vector(params WeightTensor[] parts)
        {
            string name = string.Join(" + ", parts.Select(part => part.Name));
            DeviceMemory memory = Allocate(PaddedWidth.Of(parts.Sum(part => part.Columns)) * sizeof(float), name);
            owner._copies.Add(upload => upload.Vector(memory, parts));
            return memory.Address;
        }

        private DeviceMemory Allocate(long bytes, string name)
        {
            try
            {
                DeviceMemory memory = owner._device.Allocate(bytes, name);
                owner._memory.Add(memory);
                return memory;
            }
            catch (CudaException error) when (error.Code == (int)CudaResult.OutOfMemory)
            {
                long before = owner.Bytes;
                (long free, long all) = owner._device.Memory();
                throw new RunnerCapacityException(
                    $"{name} needs {bytes:N0} bytes of device memory, {free:N0} of {all:N0} are free after " +
                    $"{before:N0} of weights; all weights need {total:N0}.");
            }
        }
    }
}
