using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>Another runner that promises equal bits for small steps only, as a GPU does.</summary>
/// <param name="inner">Does everything; owned.</param>
/// <param name="rows">The most rows of such a step.</param>
public sealed class ExactRowsRunner(IModelRunner inner, int rows) : ForwardingRunner(inner)
{
    /// <inheritdoc/>
    public override int ExactRows => rows;
}
