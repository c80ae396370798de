using System.Globalization;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>What a kernel file is compiled for.</summary>
/// <param name="BFloat16">Weights and activations are bf16; else f32.</param>
/// <param name="Defines">Constants of the model that shape the code, for instance HEAD_SIZE.</param>
internal sealed record KernelOptions(bool BFloat16, IReadOnlyDictionary<string, string> Defines)
{
    public KernelOptions(bool bFloat16)
        : this(bFloat16, new Dictionary<string, string>())
    {
    }

    /// <summary>The options with whole numbers defined on top.</summary>
    public KernelOptions With(params ReadOnlySpan<(string Name, int Value)> added)
    {
        var defines = new Dictionary<string, string>(Defines);
        foreach ((string name, int value) in added) defines[name] = value.ToString(CultureInfo.InvariantCulture);
        return this with { Defines = defines };
    }

    /// <summary>As the compiler takes them, in an order that does not depend on the dictionary.</summary>
    public IReadOnlyList<string> Arguments() =>
    [
        BFloat16 ? "-DELEMENT_BF16" : "-DELEMENT_F32",
        .. Defines.Select(define => define.Value.Length == 0 ? $"-D{define.Key}" : $"-D{define.Key}={define.Value}")
            .Order(StringComparer.Ordinal),
    ];
}
