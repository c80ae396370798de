using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// A value in double precision, with the sum of the magnitudes of its terms as the measure of its error.
/// </summary>
public readonly record struct ReferenceSum(double Value, double Magnitude);

/// <summary>The ops in their plainest form: scalar, in double precision, without a runner's layout.</summary>
public static class ReferenceOps
{
    /// <summary>One output of a product: a · weights + addend.</summary>
    public static ReferenceSum Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> weights, double addend)
    {
        double sum = addend, magnitude = Math.Abs(addend);
        for (int i = 0; i < a.Length; i++)
        {
            double product = (double)a[i] * weights[i];
            sum += product;
            magnitude += Math.Abs(product);
        }

        return new ReferenceSum(sum, magnitude);
    }

    /// <summary>x / sqrt(mean(x²) + ε) · weight.</summary>
    public static double[] RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, double epsilon)
    {
        double squares = 0;
        foreach (float value in x) squares += (double)value * value;
        double scale = 1 / Math.Sqrt(squares / x.Length + epsilon);
        var result = new double[x.Length];
        for (int i = 0; i < result.Length; i++) result[i] = x[i] * scale * weight[i];
        return result;
    }

    /// <summary>silu(gate) · up.</summary>
    public static double SiluMul(float gate, float up) => gate / (1 + Math.Exp(-(double)gate)) * up;

    /// <summary>A head at a position, rotated: pairs (i, i + half) with frequency θ^(-2i/size).</summary>
    public static double[] Rotate(ReadOnlySpan<float> head, int position, double theta)
    {
        int half = head.Length / 2;
        var result = new double[head.Length];
        for (int i = 0; i < half; i++)
        {
            double angle = position * Math.Pow(theta, -2.0 * i / head.Length);
            result[i] = head[i] * Math.Cos(angle) - head[i + half] * Math.Sin(angle);
            result[i + half] = head[i + half] * Math.Cos(angle) + head[i] * Math.Sin(angle);
        }

        return result;
    }

    /// <summary>softmax(query · keys) · values over the keys that the row at a position sees.</summary>
    public static ReferenceSum[] Attend(
        ReadOnlySpan<float> query, float[][] keys, float[][] values, AttentionRange visibility, int position)
    {
        var weights = new double[keys.Length];
        double largest = double.NegativeInfinity, total = 0;
        for (int key = 0; key < keys.Length; key++)
        {
            weights[key] = visibility.Sees(position, key) ? Dot(query, keys[key], 0).Value : double.NegativeInfinity;
            largest = Math.Max(largest, weights[key]);
        }

        for (int key = 0; key < keys.Length; key++) total += weights[key] = Math.Exp(weights[key] - largest);
        var result = new ReferenceSum[query.Length];
        for (int i = 0; i < result.Length; i++)
        {
            double sum = 0, magnitude = 0;
            for (int key = 0; key < keys.Length; key++)
            {
                if (weights[key] == 0) continue;
                sum += weights[key] / total * values[key][i];
                magnitude += weights[key] / total * Math.Abs(values[key][i]);
            }

            result[i] = new ReferenceSum(sum, magnitude);
        }

        return result;
    }
}
