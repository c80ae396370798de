namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The values of <c>--device</c>.</summary>
internal enum DeviceKind
{
    /// <summary>A GPU if one is usable, else the CPU.</summary>
    Auto,
    Cpu,
    Cuda,
}
