using System.Globalization;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>The options that a kernel file is compiled with.</summary>
/// <param name="BFloat16">True if weights and activations are bf16; else they are f32.</param>
/// <param name="Defines">Macros: constants of the model that shape the code, for instance HEAD_SIZE.</param>
internal sealed record KernelOptions(bool BFloat16, IReadOnlyDictionary<string, string> Defines)
{
    public KernelOptions(bool bFloat16)
        : this(bFloat16, new Dictionary<string, string>())
    {
    }

    /// <summary>These options with more macros, whose values are integers.</summary>
    public KernelOptions With(params ReadOnlySpan<(string Name, int Value)> added)
    {
        var defines = new Dictionary<string, string>(Defines);
        foreach ((string name, int value) in added) defines[name] = value.ToString(CultureInfo.InvariantCulture);
        return this with { Defines = defines };
    }

    /// <summary>The compiler's arguments, sorted, so that equal options have equal arguments.</summary>
    public IReadOnlyList<string> Arguments() =>
    [
        BFloat16 ? "-DELEMENT_BF16" : "-DELEMENT_F32",
        .. Defines.Select(define => define.Value.Length == 0 ? $"-D{define.Key}" : $"-D{define.Key}={define.Value}")
            .Order(StringComparer.Ordinal),
    ];
}
