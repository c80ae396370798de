namespace Service;

/// <summary>What the worker answers. In a server these come over the wire, one at a time.</summary>
/// <param name="All">The questions.</param>
internal sealed record Questions(IReadOnlyList<string> All);
