using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The time that a shorter chain of passes saves, and the causes of the gap to the ideal. It compares an answer with an
/// autoregressive one of as many tokens. The answer has N passes and takes T seconds; a stage has n passes and D
/// seconds; ' marks the autoregressive answer. With a = <see cref="AutoregressiveStep"/> and r = N / N':
/// <code>
/// ideal speedup     = N' / N                      if a pass of the one took the time of a pass of the other
/// ideal time        = T' · r
/// achieved speedup  = T' / T
/// gap               = T − T' · r                  = heavier steps + planning + prefill + host + idle
/// heavier steps     = D(denoise) − n(denoise) · a
/// planning          = D(plan, sync) − n(plan, sync) · a
/// prefill           = (D(prefill) − n(prefill) · a) − r · (D'(prefill) − n'(prefill) · a)
/// host              = H − r · H'
/// idle              = I − r · I'
/// </code>
/// The autoregressive answer has steps of a seconds each, a prefill, host time and idle time. The ideal answer has the
/// share r of each. The gap is the time of the answer beyond the ideal. Because a is the mean, the terms add up to the
/// gap exactly. A negative term is time saved.
/// <para>
/// Drafts need no term of their own. They make N smaller, and so the ideal better. The cost of their rows is in the
/// passes that computed them: in planning, or in heavier steps for an autoregressive answer with drafts. The
/// autoregressive answer to compare with should have no drafts: a pass for each token.
/// </para>
/// </summary>
public sealed record CriticalPathAccount
{
    /// <summary>Compares an answer with an autoregressive one.</summary>
    /// <exception cref="ArgumentException">One of them has no passes.</exception>
    public CriticalPathAccount(PathTimes answer, PathTimes autoregressive)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(autoregressive);
        if (answer.Passes == 0) throw new ArgumentException("There are no passes.", nameof(answer));
        if (autoregressive.Passes == 0) throw new ArgumentException("There are no passes.", nameof(autoregressive));

        StageTime steps = autoregressive[DecodingStage.Autoregressive];
        if (steps.Passes == 0) steps = autoregressive[DecodingStage.Prefill]; // an answer of one token
        double step = AutoregressiveStep = steps.Seconds / Math.Max(1, steps.Passes);
        double ratio = (double)answer.Passes / autoregressive.Passes;
        IdealSpeedup = 1 / ratio;
        IdealSeconds = autoregressive.Seconds * ratio;
        AchievedSpeedup = answer.Seconds > 0 ? autoregressive.Seconds / answer.Seconds : 0;
        StageTime denoise = answer[DecodingStage.Denoise] + answer[DecodingStage.Autoregressive];
        StepCost = denoise.Passes > 0 && step > 0 ? denoise.Seconds / denoise.Passes / step : 0;
        Seconds = answer.Seconds;
        HeavierSteps = Excess(denoise);
        Planning = Excess(answer[DecodingStage.Plan] + answer[DecodingStage.Sync]);
        Prefill = Excess(answer[DecodingStage.Prefill]) - (ratio * Excess(autoregressive[DecodingStage.Prefill]));
        Host = answer.Host - (ratio * autoregressive.Host);
        Idle = answer.Idle - (ratio * autoregressive.Idle);

        double Excess(StageTime stage) => stage.Seconds - (stage.Passes * step);
    }

    /// <summary>Mean seconds of a pass of the autoregressive answer, without its prefill.</summary>
    public double AutoregressiveStep { get; }

    /// <summary>Mean time of a denoise step, in units of an autoregressive step; 0 if the answer has none.</summary>
    public double StepCost { get; }

    /// <summary>Passes of the autoregressive answer, divided by those of the answer.</summary>
    public double IdealSpeedup { get; }

    /// <summary>Time of the autoregressive answer, divided by that of the answer.</summary>
    public double AchievedSpeedup { get; }

    /// <summary>Seconds that the answer would take at the ideal speedup.</summary>
    public double IdealSeconds { get; }

    /// <summary>Seconds that it took.</summary>
    public double Seconds { get; }

    /// <summary>Seconds beyond the ideal because denoise steps take longer than autoregressive ones.</summary>
    public double HeavierSteps { get; }

    /// <summary>
    /// Seconds beyond the ideal because passes that write plans take longer. This is the cost of drafts; without drafts
    /// it is about zero.
    /// </summary>
    public double Planning { get; }

    /// <summary>
    /// Seconds beyond the ideal that the prompt takes. It is one pass in both answers, and so a larger share of fewer
    /// passes.
    /// </summary>
    public double Prefill { get; }

    /// <summary>Seconds beyond the ideal in which the host works and no pass runs.</summary>
    public double Host { get; }

    /// <summary>Seconds beyond the ideal in which the request waits.</summary>
    public double Idle { get; }

    /// <summary>Seconds beyond the ideal: the sum of the five causes.</summary>
    public double Gap => Seconds - IdealSeconds;
}
