using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Numerics;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

/// <summary>
/// The attention of one layer over random numbers, on the device and in double precision. What no row sees is NaN in
/// the pool, and so are queries behind the last row, so that reading them shows.
/// </summary>
internal sealed class AttentionLayer
{
    private const int SpareRows = 2;

    private readonly AttentionShape _shape;
    private readonly AttentionStep _step;
    private readonly bool _bFloat16;
    private readonly float[] _query; // [rows + spare, heads, head width]
    private readonly float[] _keys, _values; // [kv heads, pool positions, head width]

    public AttentionLayer(AttentionShape shape, AttentionStep step, bool bFloat16, float scoreSize = 1)
    {
        (_shape, _step, _bFloat16) = (shape, step, bFloat16);
        var random = new Random(step.RowCount * 1000 + shape.Heads);
        _query = Random(random, (step.RowCount + SpareRows) * shape.Heads, scoreSize);
        _keys = Random(random, shape.KvHeads * step.PoolPositions, 1);
        _values = Random(random, shape.KvHeads * step.PoolPositions, 1);
        _query.AsSpan(step.RowCount * shape.Heads * shape.HeadWidth).Fill(float.NaN);
        HideWhatNoRowSees();
    }

    private int OutputStride => (_shape.Heads * _shape.HeadSize + 63) / 64 * 64;

    /// <summary>Runs tiling, kernel and combination; the output is [rows, heads * head size]. Blocks per head: one
    /// more than there are items, if not given.</summary>
    public float[] Run(TestDevice device, bool spans, int targetBlocks, int blocks = 0)
    {
        StepRow[] rows = _step.Rows;
        int itemRows = spans ? AttentionSpansKernel.ItemRows(_shape) : AttentionDecodeKernel.ItemRows;
        var tiling = new AttentionTiling(rows.Length, itemRows, targetBlocks, _shape.KvHeads);
        var items = new AttentionItem[tiling.Items];
        int count = tiling.Tile(rows, items);
        int outputSize = (rows.Length + SpareRows) * OutputStride;
        var parameters = new AttentionParameters
        {
            Output = _bFloat16 ? device.Allocate<ushort>(outputSize) : device.Allocate<float>(outputSize),
            Query = Upload(device, _query),
            Keys = Upload(device, _keys),
            Values = Upload(device, _values),
            Header = device.Upload([new StepHeader { Rows = rows.Length, AttentionItems = count }]),
            Rows = device.Upload(rows),
            Items = device.Upload(items[..count]),
            PartialValues = Partials(device, tiling.PartialValueBytes(_shape)),
            PartialStats = Partials(device, tiling.PartialStatBytes(_shape)),
            KvHeads = _shape.KvHeads,
            PoolPositions = _step.PoolPositions,
            OutputStride = OutputStride,
            ItemRows = itemRows,
            ScoreScale = _shape.ScoreScale,
        };
        var options = new KernelOptions(_bFloat16);
        blocks = blocks > 0 ? blocks : count + 1;
        if (spans) new AttentionSpansKernel(device.Library, options, _shape).Launch(device.Stream, parameters, blocks);
        else new AttentionDecodeKernel(device.Library, options, _shape).Launch(device.Stream, parameters, blocks);
        new AttentionCombineKernel(device.Library, options, _shape)
            .Launch(device.Stream, AttentionCombineParameters.After(parameters), rows.Length + SpareRows);
        return Download(device, parameters.Output);
    }

    /// <summary>Compares with double precision: |difference| at most bound times the sum of magnitudes.</summary>
    public void AssertClose(float[] output, double bound)
    {
        StepRow[] rows = _step.Rows;
        foreach (IGrouping<int, int> sequence in Enumerable.Range(0, rows.Length).GroupBy(row => rows[row].Sequence))
        {
            int keys = sequence.Max(row => Math.Max(rows[row].PrefixEnd, rows[row].BlockEnd));
            for (int head = 0; head < _shape.Heads; head++)
            {
                int first = head / _shape.HeadsPerKvHead * _step.PoolPositions + sequence.Key;
                float[][] headKeys = Heads(_keys, first, keys), headValues = Heads(_values, first, keys);
                foreach (int row in sequence)
                {
                    int index = row * _shape.Heads + head;
                    float[] query = Array.ConvertAll(Head(_query, index), value => value / MathF.Sqrt(_shape.HeadSize));
                    ReferenceSum[] expected = ReferenceOps.Attend(
                        query, headKeys, headValues, _step.Visibility(row), rows[row].Position);
                    var actual = output.AsSpan(index * _shape.HeadSize, _shape.HeadSize);
                    AssertClose(expected, actual, bound, $"Row {row}, head {head}");
                }
            }
        }
    }

    private static void AssertClose(ReferenceSum[] expected, ReadOnlySpan<float> actual, double bound, string where)
    {
        for (int d = 0; d < expected.Length; d++)
        {
            double error = Math.Abs(actual[d] - expected[d].Value);
            if (error <= bound * expected[d].Magnitude) continue;
            Assert.Fail($"{where}, dimension {d}: {actual[d]} for {expected[d].Value}, {error:e2} off.");
        }
    }

    private void HideWhatNoRowSees()
    {
        StepRow[] rows = _step.Rows;
        var seen = new bool[_step.PoolPositions];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int position = 0; rows[row].Sequence + position < seen.Length; position++)
                seen[rows[row].Sequence + position] |= _step.Sees(row, position);
        }

        for (int i = 0; i < _shape.KvHeads * seen.Length; i++)
        {
            if (seen[i % seen.Length]) continue;
            _keys.AsSpan(i * _shape.HeadWidth, _shape.HeadWidth).Fill(float.NaN);
            _values.AsSpan(i * _shape.HeadWidth, _shape.HeadWidth).Fill(float.NaN);
        }
    }

    /// <summary>Heads of numbers that the element type has, with zeros behind each.</summary>
    private float[] Random(Random random, int heads, float size)
    {
        var values = new float[heads * _shape.HeadWidth];
        for (int i = 0; i < values.Length; i++)
        {
            if (i % _shape.HeadWidth >= _shape.HeadSize) continue;
            float value = (random.NextSingle() * 4 - 2) * size;
            values[i] = _bFloat16 ? BFloat16.ToSingle(BFloat16.FromSingle(value)) : value;
        }

        return values;
    }

    private float[] Head(float[] values, int index) =>
        values.AsSpan(index * _shape.HeadWidth, _shape.HeadSize).ToArray();

    private float[][] Heads(float[] values, int first, int count) =>
        [.. Enumerable.Range(first, count).Select(index => Head(values, index))];

    private ulong Upload(TestDevice device, float[] values) => _bFloat16
        ? device.Upload(Array.ConvertAll(values, BFloat16.FromSingle))
        : device.Upload(values);

    // A launch that splits nothing must not touch them.
    private static ulong Partials(TestDevice device, long bytes) => bytes == 0 ? 0 : device.Allocate<byte>(bytes);

    /// <summary>The heads' columns of the rows; all around them must be as it was, which is NaN.</summary>
    private float[] Download(TestDevice device, ulong address)
    {
        int size = (_step.RowCount + SpareRows) * OutputStride, width = _shape.Heads * _shape.HeadSize;
        float[] written = _bFloat16
            ? Array.ConvertAll(device.Download<ushort>(address, size), BFloat16.ToSingle)
            : device.Download<float>(address, size);
        var output = new List<float>();
        for (int i = 0; i < written.Length; i++)
        {
            if (i / OutputStride < _step.RowCount && i % OutputStride < width) output.Add(written[i]);
            else Assert.True(float.IsNaN(written[i]), $"Written at row {i / OutputStride}, column {i % OutputStride}.");
        }

        return [.. output];
    }
}
