namespace PlannedDiffusion.Engine;

/// <summary>How options are refused: by the path of the property, its value, and the range.</summary>
internal static class OptionRange
{
    /// <exception cref="ArgumentException">It does not hold; the parameter's name is the path.</exception>
    public static void Require<T>(bool holds, T value, string range, string path)
    {
        if (!holds) throw new ArgumentException($"{path} is {value?.ToString() ?? "null"}; it must be {range}.", path);
    }
}
