namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>What <c>--device</c> asks for.</summary>
internal enum DeviceKind
{
    /// <summary>A GPU if one can be used, else the CPU.</summary>
    Auto,
    Cpu,
    Cuda,
}
