using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Requests;

/// <summary>Our extension of the bodies as options of the engine.</summary>
internal static class DecodingMapping
{
    private const int Hour = 3600;

    /// <summary>The server's own options, changed by what a body asks for.</summary>
    /// <exception cref="ApiException">A field is unknown, out of range, or does not fit the decoder.</exception>
    public static GenerationOptions Apply(GenerationOptions basis, PlannedBody? planned)
    {
        if (planned is null) return basis;
        GenerationOptions options = basis with
        {
            Decoding = Decoder(basis.Decoding, planned.Decoder),
            Preset = planned.Preset switch
            {
                null => basis.Preset,
                "published" => Preset.Published,
                "fast" => Preset.Fast,
                _ => throw ApiException.Invalid(
                    "planned.preset", "planned.preset must be \"published\" or \"fast\"."),
            },
        };
        if (planned.StepsRatio is { } ratio) options = options with { Decoding = WithRatio(options.Decoding, ratio) };
        if (planned.Threshold is { } threshold)
            options = options with { Decoding = WithThreshold(options.Decoding, threshold) };
        return options;
    }

    /// <summary>The caller's plan; null for none.</summary>
    public static IReadOnlyList<PlanItem>? Plan(PlannedBody? planned, GenerationOptions options)
    {
        if (planned?.Plan is not { } items) return null;
        if (options.Decoding is not PlannedOptions) throw NoFit("plan", "planned, sparse or dense");
        if (items.Count == 0) throw ApiException.Invalid("planned.plan", "planned.plan has no item.");
        var plan = new PlanItem[items.Count];
        for (int i = 0; i < plan.Length; i++)
        {
            if (items[i]?.Topic is not { } topic)
                throw ApiException.Invalid($"planned.plan[{i}].topic", $"planned.plan[{i}].topic is missing.");
            if (items[i]!.Length is not ({ } length and >= 1))
                throw ApiException.Invalid(
                    $"planned.plan[{i}].length", $"planned.plan[{i}].length must be at least 1.");
            plan[i] = new PlanItem(topic, length);
        }

        return plan;
    }

    /// <summary>The seconds by which a request counts as older than it is.</summary>
    public static int Priority(PlannedBody? planned) => planned?.Priority is null or (>= -Hour and <= Hour)
        ? planned?.Priority ?? 0
        : throw ApiException.Invalid("planned.priority", $"planned.priority must be -{Hour} to {Hour}.");

    /// <summary>The word for the way in which an answer was decoded.</summary>
    public static string Name(DecodingOptions decoding, GenerationResult result) => decoding switch
    {
        AutoOptions auto => result.Decoder == auto.Autoregressive.Name ? "ar" : Name(auto.Planned, result),
        PlannedOptions { Visibility: SpanVisibility.Sparse } => "sparse",
        PlannedOptions { Visibility: SpanVisibility.Dense } => "dense",
        PlannedOptions => "planned",
        AutoregressiveOptions => "ar",
        DiffusionOptions => "diffusion",
        _ => "fast-dllm",
    };

    private static DecodingOptions Decoder(DecodingOptions basis, string? name)
    {
        var auto = basis as AutoOptions;
        PlannedOptions planned = basis as PlannedOptions ?? auto?.Planned ?? new PlannedOptions();
        AutoregressiveOptions single =
            basis as AutoregressiveOptions ?? auto?.Autoregressive ?? new AutoregressiveOptions();
        return name switch
        {
            null => basis,
            "planned" => planned with { Visibility = SpanVisibility.FromCheckpoint },
            "sparse" => planned with { Visibility = SpanVisibility.Sparse },
            "dense" => planned with { Visibility = SpanVisibility.Dense },
            "ar" => single,
            "auto" => auto ?? new AutoOptions { Planned = planned, Autoregressive = single },
            "diffusion" => basis as DiffusionOptions ?? new DiffusionOptions(),
            "fast-dllm" => basis as FastDllmOptions ?? new FastDllmOptions(),
            _ => throw ApiException.Invalid(
                "planned.decoder",
                "planned.decoder must be planned, sparse, dense, ar, auto, diffusion or fast-dllm."),
        };
    }

    private static DecodingOptions WithRatio(DecodingOptions decoding, double ratio) => decoding switch
    {
        PlannedOptions planned => planned with { StepsRatio = ratio },
        AutoOptions auto => auto with { Planned = auto.Planned with { StepsRatio = ratio } },
        DiffusionOptions diffusion => diffusion with { StepsRatio = ratio },
        _ => throw NoFit("steps_ratio", "planned, sparse, dense, auto or diffusion"),
    };

    private static DecodingOptions WithThreshold(DecodingOptions decoding, float threshold) => decoding switch
    {
        PlannedOptions planned => planned with { Unmasking = new CertainUnmasking(threshold) },
        AutoOptions auto =>
            auto with { Planned = auto.Planned with { Unmasking = new CertainUnmasking(threshold) } },
        DiffusionOptions diffusion => diffusion with { Unmasking = new CertainUnmasking(threshold) },
        FastDllmOptions blocks => blocks with { Unmasking = new ThresholdUnmasking(threshold) },
        _ => throw NoFit("threshold", "another decoder than ar"),
    };

    private static ApiException NoFit(string field, string needs) =>
        ApiException.Invalid($"planned.{field}", $"planned.{field} needs {needs} as planned.decoder.");
}
