namespace PlannedDiffusion.Fuzz;

/// <summary>A reader of untrusted input.</summary>
/// <param name="Name">Its name, and the name of its corpus folder.</param>
/// <param name="Read">
/// Reads an input; true if it was accepted, false for a documented refusal. Any other exception is a fault.
/// </param>
/// <param name="Words">Words of the format.</param>
internal sealed record FuzzTarget(string Name, Func<byte[], bool> Read, params string[] Words);
