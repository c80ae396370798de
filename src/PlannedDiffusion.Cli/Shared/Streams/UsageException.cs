namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>The command line asks for something that does not make sense; the message is one line.</summary>
internal sealed class UsageException(string message) : Exception(message);
