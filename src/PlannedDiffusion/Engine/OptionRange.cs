namespace PlannedDiffusion.Engine;

/// <summary>Refuses options with a message of the property's path, its value, and the range.</summary>
internal static class OptionRange
{
    /// <exception cref="ArgumentException">The condition does not hold. The parameter's name is the path.</exception>
    public static void Require<T>(bool holds, T value, string range, string path)
    {
        if (!holds) throw new ArgumentException($"{path} is {value?.ToString() ?? "null"}; it must be {range}.", path);
    }
}
