using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>K and V of one layer of one sequence; keys are stored rotated.</summary>
public sealed record ReferenceCache(double[] Keys, double[] Values); // [positions, kv heads * head]

/// <summary>
/// One row of a step: its position, its visibility, its residual stream, and whether its K and V are stored.
/// </summary>
public sealed record ReferenceRow(
    int Position,
    AttentionRange Visibility,
    IReadOnlyList<ReferenceCache> Caches,
    double[] Hidden,
    bool Writes = true);

/// <summary>
/// The Dream / Qwen2 network in double precision, one row and one number at a time. With a rounding function it rounds
/// the values that a runner keeps in a narrow type: inputs of products, queries, keys, values, and shares of attention.
/// The residual stream and the logits are not rounded.
/// </summary>
public sealed class ReferenceNetwork(ReferenceWeights weights, Func<double, double>? round = null)
{
    private readonly ModelConfig _config = weights.Config;

    /// <summary>The embedding of a token.</summary>
    public double[] Embed(int token) =>
        weights.Embedding.AsSpan(token * _config.HiddenSize, _config.HiddenSize).ToArray();

    /// <summary>Computes rows through all layers. In a layer all keys are stored first, then all rows attend.</summary>
    public void Run(IReadOnlyList<ReferenceRow> rows)
    {
        for (int l = 0; l < _config.LayerCount; l++)
        {
            ReferenceLayer layer = weights.Layers[l];
            var queries = new List<double[]>();
            foreach (ReferenceRow row in rows) queries.Add(Project(layer, row, row.Caches[l]));
            for (int r = 0; r < rows.Count; r++)
            {
                double[] attended = Attend(queries[r], rows[r], rows[r].Caches[l]);
                Add(rows[r].Hidden, Multiply(layer.Output, attended, null));
                Add(rows[r].Hidden, Mlp(layer, Norm(rows[r].Hidden, layer.PostAttentionNorm)));
            }
        }
    }

    /// <summary>Logits of a row that went through all layers.</summary>
    public double[] Logits(ReferenceRow row) => Multiply(weights.LmHead, Norm(row.Hidden, weights.FinalNorm), null);

    private double[] Project(ReferenceLayer layer, ReferenceRow row, ReferenceCache cache)
    {
        double[] x = Norm(row.Hidden, layer.InputNorm);
        double[] query = Multiply(layer.Query, x, layer.QueryBias);
        double[] key = Multiply(layer.Key, x, layer.KeyBias);
        Rotate(query, row.Position);
        Rotate(key, row.Position);
        if (!row.Writes) return Rounded(query);
        Rounded(key).CopyTo(cache.Keys, row.Position * _config.KvSize);
        Rounded(Multiply(layer.Value, x, layer.ValueBias)).CopyTo(cache.Values, row.Position * _config.KvSize);
        return Rounded(query);
    }

    private double[] Attend(double[] query, ReferenceRow row, ReferenceCache cache)
    {
        int head = _config.HeadSize;
        int[] keys = [.. Enumerable.Range(0, Math.Max(row.Visibility.PrefixEnd, row.Visibility.Block.End))
            .Where(key => row.Visibility.Sees(row.Position, key))];
        var result = new double[_config.QuerySize];
        for (int h = 0; h < _config.HeadCount; h++)
        {
            int kvHead = h / _config.HeadsPerKvHead * head;
            var scores = new double[keys.Length];
            for (int k = 0; k < keys.Length; k++)
            {
                int at = (keys[k] * _config.KvSize) + kvHead;
                for (int i = 0; i < head; i++) scores[k] += query[(h * head) + i] * cache.Keys[at + i];
                scores[k] /= Math.Sqrt(head);
            }

            double[] shares = Rounded(ReferenceSampler.Softmax(scores));
            for (int k = 0; k < keys.Length; k++)
            {
                int at = (keys[k] * _config.KvSize) + kvHead;
                for (int i = 0; i < head; i++) result[(h * head) + i] += shares[k] * cache.Values[at + i];
            }
        }

        return Rounded(result);
    }

    private double[] Mlp(ReferenceLayer layer, double[] x)
    {
        double[] gate = Multiply(layer.Gate, x, null);
        double[] up = Multiply(layer.Up, x, null);
        for (int i = 0; i < gate.Length; i++) gate[i] = gate[i] / (1 + Math.Exp(-gate[i])) * up[i];
        return Multiply(layer.Down, Rounded(gate), null);
    }

    private void Rotate(double[] heads, int position)
    {
        int size = _config.HeadSize, half = size / 2;
        for (int start = 0; start < heads.Length; start += size)
        {
            for (int i = 0; i < half; i++)
            {
                double angle = position * Math.Pow(_config.RopeTheta, -2.0 * i / size);
                (double sin, double cos) = Math.SinCos(angle);
                double a = heads[start + i], b = heads[start + half + i];
                heads[start + i] = (a * cos) - (b * sin);
                heads[start + half + i] = (b * cos) + (a * sin);
            }
        }
    }

    private double[] Norm(double[] x, double[] scale)
    {
        double squares = 0;
        foreach (double value in x) squares += value * value;
        double factor = 1 / Math.Sqrt((squares / x.Length) + _config.RmsNormEpsilon);
        return Rounded([.. x.Select((value, i) => value * factor * scale[i])]);
    }

    private double[] Rounded(double[] values)
    {
        if (round is not null)
        {
            for (int i = 0; i < values.Length; i++) values[i] = round(values[i]);
        }

        return values;
    }

    private static double[] Multiply(double[] matrix, double[] x, double[]? bias)
    {
        var result = new double[matrix.Length / x.Length];
        for (int row = 0; row < result.Length; row++)
        {
            // Two sums, even and odd, are twice as fast: an addition need not wait for the previous one.
            ReadOnlySpan<double> weights = matrix.AsSpan(row * x.Length, x.Length);
            double even = bias is null ? 0 : bias[row], odd = 0;
            int i = 0;
            for (; i + 1 < weights.Length; i += 2)
            {
                even += weights[i] * x[i];
                odd += weights[i + 1] * x[i + 1];
            }

            if (i < weights.Length) even += weights[i] * x[i];
            result[row] = even + odd;
        }

        return result;
    }

    private static void Add(double[] target, double[] value)
    {
        for (int i = 0; i < target.Length; i++) target[i] += value[i];
    }
}
