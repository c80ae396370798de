using System.Collections;

namespace PlannedDiffusion.Hosting;

/// <summary>The supervisors of all models of a container, in the order in which they were added.</summary>
public sealed class EngineSupervisors : IReadOnlyList<EngineSupervisor>
{
    private readonly IReadOnlyList<EngineSupervisor> _all;

    internal EngineSupervisors(IReadOnlyList<EngineSupervisor> all) => _all = all;

    /// <inheritdoc/>
    public int Count => _all.Count;

    /// <inheritdoc/>
    public EngineSupervisor this[int index] => _all[index];

    /// <inheritdoc/>
    public IEnumerator<EngineSupervisor> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
