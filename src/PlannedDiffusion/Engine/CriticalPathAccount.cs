using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>
/// What a shorter chain of passes brings in time, and where the rest is lost. An answer is held against an
/// autoregressive one of as many tokens. With N passes, T seconds and a stage's n passes and D seconds (of the answer;
/// with ' of the autoregressive one), a = <see cref="AutoregressiveStep"/> and r = N / N':
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
/// The autoregressive answer has steps of a seconds each, a prefill, host time and idle time; its ideal counterpart has
/// the share r of each. What the answer has beyond that is its gap, and since a is the mean, the terms add up to the
/// gap exactly. A term below zero is time won.
/// <para>
/// Drafts need no term of their own. They make N smaller, and so the ideal better; what their rows cost lies in the
/// passes that computed them, and so in planning (of an autoregressive answer with drafts: in heavier steps). The
/// answer that this one is held against should have none: a pass for each token.
/// </para>
/// </summary>
public sealed record CriticalPathAccount
{
    /// <summary>Holds an answer against an autoregressive one.</summary>
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

    /// <summary>Mean time of a denoise step in autoregressive steps; 0 if the answer has none.</summary>
    public double StepCost { get; }

    /// <summary>Passes of the autoregressive answer over those of the answer.</summary>
    public double IdealSpeedup { get; }

    /// <summary>Time of the autoregressive answer over that of the answer.</summary>
    public double AchievedSpeedup { get; }

    /// <summary>Seconds that the answer would take at the ideal speedup.</summary>
    public double IdealSeconds { get; }

    /// <summary>Seconds that it took.</summary>
    public double Seconds { get; }

    /// <summary>Seconds beyond the ideal because denoise steps take longer than autoregressive ones.</summary>
    public double HeavierSteps { get; }

    /// <summary>
    /// Seconds beyond the ideal because the passes that write plans take longer: what the rows of drafts cost. Without
    /// drafts about zero.
    /// </summary>
    public double Planning { get; }

    /// <summary>
    /// Seconds beyond the ideal that the prompt takes: it is one pass in both, and so a larger part of fewer passes.
    /// </summary>
    public double Prefill { get; }

    /// <summary>Seconds beyond the ideal that the host works while no pass is under way.</summary>
    public double Host { get; }

    /// <summary>Seconds beyond the ideal that the request waits.</summary>
    public double Idle { get; }

    /// <summary>Seconds beyond the ideal: the sum of the five causes.</summary>
    public double Gap => Seconds - IdealSeconds;
}
