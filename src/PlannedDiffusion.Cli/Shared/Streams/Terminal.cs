using Spectre.Console;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>Where a command reads and writes: what machines read goes to Out, the rest to Error.</summary>
/// <param name="In">Standard input, as bytes.</param>
/// <param name="OutScreen">Standard output for views that move the cursor; all others use <see cref="Out"/>.</param>
/// <param name="ErrorScreen">The same of standard error.</param>
internal sealed record Terminal(Stream In, TextWriter OutScreen, TextWriter ErrorScreen)
{
    /// <summary>Standard output; where a person looks at it, nothing that is written steers the terminal.</summary>
    public TextWriter Out => OutIsInteractive ? VisibleOut : OutScreen;

    /// <summary>Standard error: for people, even if it goes to a file first.</summary>
    public TextWriter Error { get; } = new VisibleWriter(ErrorScreen);

    /// <summary>True if a person looks at <see cref="Out"/>.</summary>
    public bool OutIsInteractive { get; init; }

    /// <summary>True if a person looks at <see cref="Error"/>.</summary>
    public bool ErrorIsInteractive { get; init; }

    /// <summary>True if <see cref="In"/> is a keyboard, from which nothing is read unasked.</summary>
    public bool InIsInteractive { get; init; }

    /// <summary>By which a run tells from time to time how far it is.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>True if the terminal can move its cursor; one without a TERM, or with TERM=dumb, cannot.</summary>
    public bool MovesCursor { get; init; }

    /// <summary>The process's own streams.</summary>
    public static Terminal System()
    {
        TextWriter output = StandardStreams.OpenOutput(), error = StandardStreams.OpenError();
        bool outIsInteractive = !Console.IsOutputRedirected, errorIsInteractive = !Console.IsErrorRedirected;
        return new Terminal(StandardStreams.OpenInput(), output, error)
        {
            OutIsInteractive = outIsInteractive,
            ErrorIsInteractive = errorIsInteractive,
            InIsInteractive = !Console.IsInputRedirected,
            MovesCursor = (outIsInteractive || errorIsInteractive) && CanMoveCursor(),
        };
    }

    /// <summary>Text from an argument, or else all of <see cref="In"/> without its last line end.</summary>
    /// <exception cref="UsageException">There is neither.</exception>
    /// <exception cref="InvalidDataException">Standard input is no text, or too much.</exception>
    public async Task<string> TextOrInputAsync(string? text, string what, CancellationToken cancellation)
    {
        if (text is not null) return text;
        if (InIsInteractive) throw new UsageException($"no {what}: give it as an argument or on standard input");
        // A read cannot be interrupted; whoever interrupts the command does not wait for it.
        string input = await Task.Run(() => InputText.Read(In, "standard input"), cancellation).WaitAsync(cancellation);
        return input.EndsWith("\r\n", StringComparison.Ordinal) ? input[..^2]
            : input is [.., '\n' or '\r'] ? input[..^1]
            : input;
    }

    /// <summary>Shows the cursor, whatever view hid it and had no time to show it again.</summary>
    public void ShowCursor()
    {
        if (!MovesCursor) return;
        try
        {
            (OutIsInteractive ? OutScreen : ErrorScreen).Write("\e[?25h");
        }
        catch (IOException)
        {
            // The terminal is gone.
        }
    }

    private TextWriter VisibleOut { get; } = new VisibleWriter(OutScreen);

    private static bool CanMoveCursor() =>
        AnsiConsole.Create(new AnsiConsoleSettings()).Profile.Capabilities.Ansi;
}
