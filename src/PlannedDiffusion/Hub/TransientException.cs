namespace PlannedDiffusion.Hub;

/// <summary>Something failed that may work when it is tried again.</summary>
/// <param name="final">What is said when it does not.</param>
/// <param name="problem">What the host does, as a verb and more.</param>
/// <param name="after">When the hub wants to be asked again, if it says so.</param>
internal sealed class TransientException(HubException final, string problem, TimeSpan? after = null)
    : Exception(final.Message, final)
{
    public HubException Final => final;

    public string Problem => problem;

    public TimeSpan? After => after;
}
