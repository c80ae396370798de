namespace PlannedDiffusion.Cuda.Interop;

/// <summary>The result codes of the driver that the runner handles. Other values occur.</summary>
internal enum CudaResult
{
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    NoDevice = 100,
    InvalidDevice = 101,
    InvalidImage = 200,
    NoBinaryForGpu = 209,
    EccUncorrectable = 214,
    NvLinkUncorrectable = 220,
    NotFound = 500,
    NotReady = 600,
    IllegalAddress = 700,
    LaunchTimeout = 702,
    ContextIsDestroyed = 709,
    Assert = 710,
    HardwareStackError = 714,
    IllegalInstruction = 715,
    MisalignedAddress = 716,
    InvalidAddressSpace = 717,
    InvalidProgramCounter = 718,
    LaunchFailed = 719,
    StreamCaptureUnsupported = 900,
    StreamCaptureInvalidated = 901,
}

/// <summary>Result codes of NVRTC.</summary>
internal enum NvrtcResult
{
    Success = 0,
    OutOfMemory = 1,
    InvalidInput = 3,
    InvalidOption = 5,
    Compilation = 6,
}

/// <summary>Result codes of cuBLAS.</summary>
internal enum CuBlasStatus
{
    Success = 0,
    NotInitialized = 1,
    AllocationFailed = 3,
    InvalidValue = 7,
    ArchitectureMismatch = 8,
    MappingError = 11,
    ExecutionFailed = 13,
    InternalError = 14,
    NotSupported = 15,
}
