namespace PlannedDiffusion.Cuda.Interop;

internal enum DeviceAttribute
{
    ClockRate = 13,
    MultiprocessorCount = 16,
    MemoryClockRate = 36,
    GlobalMemoryBusWidth = 37,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaxSharedMemoryPerBlockOptIn = 97,
}

internal enum FunctionAttribute
{
    SharedBytes = 1,
    LocalBytes = 3,
    Registers = 4,
    PtxVersion = 5,
    MaxDynamicSharedBytes = 8,
    PreferredSharedCarveout = 9,
}

[Flags]
internal enum StreamFlags : uint
{
    NonBlocking = 1,
}

[Flags]
internal enum EventFlags : uint
{
    Default = 0,
    DisableTiming = 2,
}

/// <summary>
/// Which calls invalidate a capture. Only those of the capturing thread do, because engines do not know each other.
/// </summary>
internal enum CaptureMode
{
    ThreadLocal = 1,
}
