namespace PlannedDiffusion.Fuzz;

/// <summary>A reader of untrusted input.</summary>
/// <param name="Name">Its name, and that of its folder of the corpus.</param>
/// <param name="Read">
/// Reads an input; true if it was taken. A documented refusal is false, anything else that is thrown is a fault.
/// </param>
/// <param name="Words">What the format is made of.</param>
internal sealed record FuzzTarget(string Name, Func<byte[], bool> Read, params string[] Words);
