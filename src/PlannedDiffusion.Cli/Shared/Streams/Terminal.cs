using Spectre.Console;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>The streams of a command. Results go to Out, notes and errors to Error.</summary>
/// <param name="In">Standard input, as bytes.</param>
/// <param name="OutScreen">Standard output for views that move the cursor. Others use <see cref="Out"/>.</param>
/// <param name="ErrorScreen">The same for standard error.</param>
internal sealed record Terminal(Stream In, TextWriter OutScreen, TextWriter ErrorScreen)
{
    /// <summary>Standard output. If it is a terminal, control characters in texts are made visible.</summary>
    public TextWriter Out => OutIsInteractive ? VisibleOut : OutScreen;

    /// <summary>Standard error. Control characters are always made visible, even in a file.</summary>
    public TextWriter Error { get; } = new VisibleWriter(ErrorScreen);

    /// <summary>True if <see cref="Out"/> is a terminal.</summary>
    public bool OutIsInteractive { get; init; }

    /// <summary>True if <see cref="Error"/> is a terminal.</summary>
    public bool ErrorIsInteractive { get; init; }

    /// <summary>True if <see cref="In"/> is a terminal. Commands do not read prompts from it.</summary>
    public bool InIsInteractive { get; init; }

    /// <summary>The clock that sets when a long run reports its progress.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>True if the terminal can move its cursor. Without TERM, or with TERM=dumb, it cannot.</summary>
    public bool MovesCursor { get; init; }

    /// <summary>The terminal with the standard streams of the process.</summary>
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

    /// <summary>The text of an argument, or all of <see cref="In"/> without its last line end.</summary>
    /// <exception cref="UsageException">There is no argument, and <see cref="In"/> is a terminal.</exception>
    /// <exception cref="InvalidDataException">Standard input is too large, or not valid text.</exception>
    public async Task<string> TextOrInputAsync(string? text, string what, CancellationToken cancellation)
    {
        if (text is not null) return text;
        if (InIsInteractive) throw new UsageException($"no {what}: give it as an argument or on standard input");
        // A read cannot be interrupted. A cancellation does not wait for it.
        string input = await Task.Run(() => InputText.Read(In, "standard input"), cancellation).WaitAsync(cancellation);
        return input.EndsWith("\r\n", StringComparison.Ordinal) ? input[..^2]
            : input is [.., '\n' or '\r'] ? input[..^1]
            : input;
    }

    /// <summary>Shows the cursor again, in case an interrupted view has hidden it.</summary>
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
