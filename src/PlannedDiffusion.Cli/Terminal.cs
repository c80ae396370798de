namespace PlannedDiffusion.Cli;

/// <summary>Where a command reads and writes: what machines read goes to Out, the rest to Error.</summary>
internal sealed record Terminal(TextReader In, TextWriter Out, TextWriter Error)
{
    /// <summary>True if a person looks at <see cref="Out"/>.</summary>
    public bool OutIsInteractive { get; init; }

    /// <summary>True if a person looks at <see cref="Error"/>.</summary>
    public bool ErrorIsInteractive { get; init; }

    /// <summary>True if <see cref="In"/> is a keyboard, from which nothing is read unasked.</summary>
    public bool InIsInteractive { get; init; }

    /// <summary>By which a run tells from time to time how far it is.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The process's own streams.</summary>
    public static Terminal System() => new(Console.In, Console.Out, Console.Error)
    {
        OutIsInteractive = !Console.IsOutputRedirected,
        ErrorIsInteractive = !Console.IsErrorRedirected,
        InIsInteractive = !Console.IsInputRedirected,
    };

    /// <summary>Text from an argument, or else all of <see cref="In"/> without its last line end.</summary>
    /// <exception cref="UsageException">There is neither.</exception>
    public string TextOrInput(string? text, string what)
    {
        if (text is not null) return text;
        if (InIsInteractive) throw new UsageException($"no {what}: give it as an argument or on standard input");
        string input = In.ReadToEnd();
        return input.EndsWith('\n') ? input[..^(input.EndsWith("\r\n", StringComparison.Ordinal) ? 2 : 1)] : input;
    }
}
