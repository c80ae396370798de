namespace PlannedDiffusion.Hosting;

/// <summary>Where a model runs.</summary>
public enum EngineDevice
{
    /// <summary>A GPU if one can be used, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>A GPU; without one that can be used, loading fails.</summary>
    Cuda,
}
