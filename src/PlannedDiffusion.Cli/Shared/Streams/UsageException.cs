namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>The command line is wrong. The message is one line.</summary>
internal sealed class UsageException(string message) : Exception(message);
