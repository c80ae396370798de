using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>A runner that promises equal bits only for small steps, as a GPU does.</summary>
/// <param name="inner">The runner that does the work; owned.</param>
/// <param name="rows">The most rows of such a step.</param>
public sealed class ExactRowsRunner(IModelRunner inner, int rows) : ForwardingRunner(inner)
{
    /// <inheritdoc/>
    public override int ExactRows => rows;
}
