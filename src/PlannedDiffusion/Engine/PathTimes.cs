using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>The passes of a stage.</summary>
/// <param name="Passes">Their number.</param>
/// <param name="Rows">Rows they computed.</param>
/// <param name="Seconds">Seconds they took.</param>
/// <param name="Drafted">The number of these rows for drafted tokens; see <see cref="DecodingPass.Drafted"/>.</param>
/// <param name="Kept">Passes that drafts saved; see <see cref="DecodingPass.Kept"/>.</param>
public readonly record struct StageTime(int Passes, long Rows, double Seconds, int Drafted = 0, int Kept = 0)
{
    /// <summary>Both together.</summary>
    public static StageTime operator +(StageTime left, StageTime right) => Add(left, right);

    /// <summary>Both together.</summary>
    public static StageTime Add(StageTime left, StageTime right) => new(
        left.Passes + right.Passes,
        left.Rows + right.Rows,
        left.Seconds + right.Seconds,
        left.Drafted + right.Drafted,
        left.Kept + right.Kept);
}

/// <summary>
/// The time of a chain of passes: in its passes, by stage, and between them. The sum of several requests is the time of
/// one request that does all of them in turn.
/// </summary>
public sealed class PathTimes
{
    private readonly StageTime[] _stages = new StageTime[Enum.GetValues<DecodingStage>().Length];

    /// <summary>Times of the caller.</summary>
    /// <param name="stages">The stages that have passes.</param>
    /// <param name="host">See <see cref="Host"/>.</param>
    /// <param name="idle">See <see cref="Idle"/>.</param>
    public PathTimes(IEnumerable<KeyValuePair<DecodingStage, StageTime>> stages, double host, double idle)
    {
        ArgumentNullException.ThrowIfNull(stages);
        foreach ((DecodingStage stage, StageTime time) in stages) _stages[(int)stage] += time;
        Host = host;
        Idle = idle;
    }

    /// <summary>Times of a path, or of its first passes.</summary>
    /// <param name="path">The path.</param>
    /// <param name="passes">
    /// The number of passes that count; null for all. The first passes of an autoregressive answer have the time of a
    /// shorter answer.
    /// </param>
    public PathTimes(CriticalPath path, int? passes = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        Host = path.Finishing.TotalSeconds;
        Idle = path.Queued.TotalSeconds;
        for (int i = 0; i < path.Passes.Length && i < (passes ?? int.MaxValue); i++)
        {
            DecodingPass pass = path.Passes[i];
            PassTime time = path.Times[i];
            _stages[(int)pass.Stage] +=
                new StageTime(1, pass.Rows, time.Duration.TotalSeconds, pass.Drafted, pass.Kept);
            Host += time.Host.TotalSeconds;
            Idle += time.Waiting.TotalSeconds;
        }
    }

    /// <summary>Passes of a stage.</summary>
    public StageTime this[DecodingStage stage] => _stages[(int)stage];

    /// <summary>Seconds in which the host worked and no pass ran; see <see cref="PassTime.Host"/>.</summary>
    public double Host { get; }

    /// <summary>Seconds in which the request waited: for its admission, and for steps of other requests.</summary>
    public double Idle { get; }

    /// <summary>All passes.</summary>
    public int Passes => _stages.Sum(stage => stage.Passes);

    /// <summary>Rows of drafted tokens; see <see cref="DecodingPass.Drafted"/>.</summary>
    public int Drafted => _stages.Sum(stage => stage.Drafted);

    /// <summary>Passes that drafts saved; see <see cref="DecodingPass.Kept"/>.</summary>
    public int Kept => _stages.Sum(stage => stage.Kept);

    /// <summary>Rows of all passes.</summary>
    public long Rows => _stages.Sum(stage => stage.Rows);

    /// <summary>The whole time.</summary>
    public double Seconds => _stages.Sum(stage => stage.Seconds) + Host + Idle;

    /// <summary>The stages that have passes, in order.</summary>
    public IEnumerable<KeyValuePair<DecodingStage, StageTime>> Stages => Enum.GetValues<DecodingStage>()
        .Where(stage => this[stage].Passes > 0).Select(stage => KeyValuePair.Create(stage, this[stage]));

    /// <summary>The sum.</summary>
    public static PathTimes Sum(IReadOnlyCollection<PathTimes> times) =>
        new(times.SelectMany(one => one.Stages), times.Sum(one => one.Host), times.Sum(one => one.Idle));
}
