using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Loading;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// The buffers of a step, at fixed addresses, in the sizes of the largest bucket. They are zero at first, and padding
/// columns stay zero.
/// </summary>
internal sealed class CudaStepBuffers : IDisposable
{
    private readonly List<DeviceMemory> _memory = [];
    private readonly CudaDevice _device;
    private readonly CudaStream _stream;

    public CudaStepBuffers(
        CudaDevice device, CudaStream stream, ModelConfig config, CudaSettings settings, StepPrograms programs)
    {
        _device = device;
        _stream = stream;
        int element = WeightUpload.ElementBytes(settings.Precision);
        long rows = settings.Limits.MaxRowsPerStep;
        ModelWidths widths = programs.Widths;
        StepBucket[] buckets = programs.Buckets;
        MatrixProduct[] heads = [.. programs.Heads.OfType<MatrixProduct>()];
        AttentionShape attention = programs.Kernels.Attention;
        MatrixProduct[] products = [.. buckets.SelectMany(bucket => bucket.Products), .. heads];
        long inputRows = Math.Max(rows, products.Max(product => product.InputRows));
        StepTableLayout tables = buckets[^1].Tables;
        try
        {
            Tables = Allocate(buckets.Max(bucket => bucket.Tables.Bytes), "tables of a step");
            Rotary = Allocate((long)settings.Limits.MaxPositions * config.HeadSize * sizeof(float), "rotary table");
            Writes = Allocate(rows * sizeof(int), "guards of rows");
            Residual = Allocate(rows * widths.Hidden * sizeof(float), "residual stream");
            Normed = Allocate(inputRows * widths.Hidden * element, "normalised rows");
            Product = Allocate(PartialBytes(products), "products");
            Scratch = Allocate(Math.Max(1, products.Max(product => product.ScratchBytes)), "scratch of products");
            Query = Allocate(rows * widths.Query * element, "queries");
            Attended = Allocate(inputRows * widths.Attended * element, "attention output");
            Mlp = Allocate(inputRows * widths.Mlp * element, "MLP activations");
            PartialValues = Allocate(
                Math.Max(1, buckets.Max(bucket => bucket.Attention.PartialValueBytes(attention))), "split attention");
            PartialStats = Allocate(
                Math.Max(1, buckets.Max(bucket => bucket.Attention.PartialStatBytes(attention))), "split attention");
            Logits = Allocate(heads.Max(head => head.OutputBytes(element)), "logits");
            DrawnTokens = Allocate((long)tables.Candidates * sizeof(int), "drawn tokens");
            DrawnConfidences = Allocate((long)tables.Candidates * sizeof(float), "drawn confidences");
            SampleWorkspace = Allocate(
                SampleKernel.WorkspaceBytes(config.VocabularySize, tables.Candidates), "workspace of sampling");
            RotaryUpload.Run(
                device, stream, Rotary, settings.Limits.MaxPositions, config.HeadSize, config.RopeTheta);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ulong Tables { get; }
    public ulong Rotary { get; } // f32 [positions, head size / 2, (cos, sin)]
    public ulong Writes { get; } // i32 [rows]
    public ulong Residual { get; } // f32 [rows, width(hidden)]
    public ulong Normed { get; } // element [rows, width(hidden)]
    public ulong Product { get; } // f32 [splits, rows, width], of one product at a time
    public ulong Scratch { get; }
    public ulong Query { get; } // element [rows, heads, HEAD_WIDTH]
    public ulong Attended { get; } // element [rows, width(query)]
    public ulong Mlp { get; } // element [rows, width(mlp)]
    public ulong PartialValues { get; }
    public ulong PartialStats { get; }
    public ulong Logits { get; } // f32 [logits rows, width(vocabulary)]
    public ulong DrawnTokens { get; } // i32 [candidates]
    public ulong DrawnConfidences { get; } // f32 [candidates]
    public ulong SampleWorkspace { get; }

    public void Dispose()
    {
        foreach (DeviceMemory memory in _memory) memory.Dispose();
    }

    private static long PartialBytes(MatrixProduct[] products) => products
        .Where(product => product.Shape.Result == ProductResult.Partial)
        .Max(product => product.OutputBytes(sizeof(float)));

    private ulong Allocate(long bytes, string what)
    {
        DeviceMemory memory = _device.Allocate(bytes, what);
        _memory.Add(memory);
        _stream.Fill(memory.Address, 0, bytes);
        return memory.Address;
    }
}
