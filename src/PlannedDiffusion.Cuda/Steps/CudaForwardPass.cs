using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Loading;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Cuda.Sequences;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Queues the kernels of a step. The kernels and their parameters depend on the buckets alone, so a graph can capture
/// them. Everything else about a step is in its tables.
/// </summary>
internal sealed class CudaForwardPass(
    ModelConfig config,
    StepPrograms programs,
    CudaStepBuffers buffers,
    CudaWeights weights,
    CudaKvCache pool,
    CudaStream stream)
{
    private readonly int _mask = config.MaskTokenId ?? -1;
    private readonly ModelWidths _widths = programs.Widths;
    private readonly StepKernels _kernels = programs.Kernels;

    /// <summary>Queues all kernels of a step.</summary>
    /// <param name="bucket">The bucket of the step's rows.</param>
    /// <param name="head">The product of the output head, for the rows with logits; null if there are none.</param>
    public void Enqueue(StepBucket bucket, MatrixProduct? head)
    {
        Embed(bucket);
        MatrixProduct? before = null; // the product whose sums are not yet in the residual stream
        for (int i = 0; i < weights.Layers.Length; i++)
        {
            CudaLayer layer = weights.Layers[i];
            Normalize(bucket, layer.InputNorm, before);
            Multiply(bucket.QueryKeyValue, buffers.Product, buffers.Normed, layer.QueryKeyValue);
            RotateAndStore(bucket, layer, i);
            if (head is null && i == weights.Layers.Length - 1) return; // the step only writes keys and values
            Attend(bucket, i);
            Multiply(bucket.Output, buffers.Product, buffers.Attended, layer.Output);
            Normalize(bucket, layer.PostAttentionNorm, bucket.Output);
            Multiply(bucket.GateUp, buffers.Mlp, buffers.Normed, layer.GateUp);
            Multiply(bucket.Down, buffers.Product, buffers.Mlp, layer.Down);
            before = bucket.Down;
        }

        if (head is null) return;
        NormalizeLogitsRows(bucket, head.Rows);
        Multiply(head, buffers.Logits, buffers.Normed, weights.LmHead);
        Decide(bucket);
    }

    private ulong Rows(StepBucket bucket) => buffers.Tables + (ulong)bucket.Tables.RowOffset;

    private void Embed(StepBucket bucket) => _kernels.Embedding.Launch(
        stream,
        new EmbeddingParameters
        {
            Residual = buffers.Residual,
            Table = weights.Embedding.Address,
            Tokens = pool.Tokens,
            Rows = Rows(bucket),
            Header = buffers.Tables,
            Guards = buffers.Tables + (ulong)bucket.Tables.GuardOffset,
            Writes = buffers.Writes,
            Hidden = config.HiddenSize,
            Width = _widths.Hidden,
            MaskToken = _mask,
        },
        bucket.Rows);

    private void Normalize(StepBucket bucket, ulong weight, MatrixProduct? before) =>
        _kernels.RmsNorm.Launch(stream, Norm(bucket, weight, before), bucket.Rows);

    private void NormalizeLogitsRows(StepBucket bucket, int logitsRows)
    {
        RmsNormParameters parameters = Norm(bucket, weights.FinalNorm, bucket.Down);
        parameters.Gather = buffers.Tables + (ulong)bucket.Tables.LogitsRowOffset;
        _kernels.RmsNorm.Launch(stream, parameters, logitsRows);
    }

    private RmsNormParameters Norm(StepBucket bucket, ulong weight, MatrixProduct? before) => new()
    {
        Out = buffers.Normed,
        Residual = buffers.Residual,
        Delta = before is null ? 0 : buffers.Product,
        Weight = weight,
        Header = buffers.Tables,
        Splits = before?.Splits ?? 0,
        Bucket = bucket.Rows,
        Hidden = config.HiddenSize,
        Width = _widths.Hidden,
        Epsilon = config.RmsNormEpsilon,
    };

    private void Multiply(MatrixProduct product, ulong output, ulong input, WeightMatrix matrix) =>
        product.Launch(stream, output, input, matrix.Address, buffers.Scratch);

    private void RotateAndStore(StepBucket bucket, CudaLayer layer, int index) => _kernels.RopeStoreKv.Launch(
        stream,
        new RopeStoreKvParameters
        {
            Query = buffers.Query,
            Keys = pool.Keys(index),
            Values = pool.Values(index),
            Product = buffers.Product,
            Bias = layer.QueryKeyValueBias,
            Rotary = buffers.Rotary,
            Rows = Rows(bucket),
            Header = buffers.Tables,
            Writes = buffers.Writes,
            Splits = bucket.QueryKeyValue.Splits,
            Bucket = bucket.Rows,
            Width = _widths.QueryKeyValue,
            Heads = config.HeadCount,
            KvHeads = config.KvHeadCount,
            PoolPositions = pool.Positions,
        },
        bucket.Rows);

    private void Attend(StepBucket bucket, int layer)
    {
        var parameters = new AttentionParameters
        {
            Output = buffers.Attended,
            Query = buffers.Query,
            Keys = pool.Keys(layer),
            Values = pool.Values(layer),
            Header = buffers.Tables,
            Rows = Rows(bucket),
            Items = buffers.Tables + (ulong)bucket.Tables.ItemOffset,
            PartialValues = buffers.PartialValues,
            PartialStats = buffers.PartialStats,
            KvHeads = config.KvHeadCount,
            PoolPositions = pool.Positions,
            OutputStride = _widths.Attended,
            ItemRows = bucket.Attention.ItemRows,
            ScoreScale = _kernels.Attention.ScoreScale,
        };
        if (bucket.UsesSpans) _kernels.AttentionSpans!.Launch(stream, parameters, bucket.Attention.Blocks);
        else _kernels.AttentionDecode.Launch(stream, parameters, bucket.Attention.Blocks);
        _kernels.AttentionCombine.Launch(stream, AttentionCombineParameters.After(parameters), bucket.Rows);
    }

    private void Decide(StepBucket bucket)
    {
        ulong candidates = buffers.Tables + (ulong)bucket.Tables.CandidateOffset;
        ulong groups = buffers.Tables + (ulong)bucket.Tables.GroupOffset;
        _kernels.Sample.Launch(
            stream,
            new SampleParameters
            {
                DrawnTokens = buffers.DrawnTokens,
                DrawnConfidences = buffers.DrawnConfidences,
                Workspace = buffers.SampleWorkspace,
                Logits = buffers.Logits,
                Tokens = pool.Tokens,
                Candidates = candidates,
                Groups = groups,
                Header = buffers.Tables,
                Vocabulary = config.VocabularySize,
                Stride = _widths.Vocabulary,
                MaskToken = _mask,
            },
            bucket.Tables.Candidates);
        _kernels.Unmask.Launch(
            stream,
            new UnmaskParameters
            {
                Tokens = pool.Tokens,
                Confidences = pool.Confidences,
                MasksLeft = pool.MasksLeft,
                Carry = pool.Carry,
                DrawnTokens = buffers.DrawnTokens,
                DrawnConfidences = buffers.DrawnConfidences,
                Candidates = candidates,
                Groups = groups,
                Header = buffers.Tables,
            },
            bucket.Tables.Groups);
    }
}
