namespace PlannedDiffusion.Cli.Generate;

/// <summary>How much of decoding is shown besides the answer.</summary>
internal enum ViewLevel
{
    Answer,
    Plan,
    Steps,
}
