using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>A call of the CUDA driver, NVRTC or cuBLAS failed.</summary>
public sealed class CudaException : Exception
{
    private CudaException(string call, int code, string name, string text, string? detail)
        : base($"{call} failed: {name} ({code}){Part(", ", text)}{Part("; ", detail)}")
    {
        Call = call;
        Code = code;
        Name = name;
    }

    /// <summary>The native name of the function that failed.</summary>
    public string Call { get; }

    /// <summary>The result code.</summary>
    public int Code { get; }

    /// <summary>The name of the result code, for instance <c>CUDA_ERROR_OUT_OF_MEMORY</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// True if every later call of the driver in this process fails as well: a kernel has broken the device's context,
    /// or the device has an error that it cannot correct.
    /// </summary>
    public bool IsSticky { get; private init; }

    internal static void ThrowIfFailed(CudaResult result, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result != CudaResult.Success) throw Create(result, call);
    }

    internal static void ThrowIfFailed(NvrtcResult result, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result == NvrtcResult.Success) return;
        string name = Marshal.PtrToStringUTF8(NvrtcApi.nvrtcGetErrorString(result)) ?? $"NVRTC error {(int)result}";
        throw new CudaException(FunctionOf(call), (int)result, name, "", null);
    }

    internal static void ThrowIfFailed(
        CuBlasStatus result, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result == CuBlasStatus.Success) return;
        throw new CudaException(FunctionOf(call), (int)result, $"cuBLAS status {result}", "", null);
    }

    /// <summary>An exception for a failed driver call, with a detail from the caller.</summary>
    internal static CudaException Create(CudaResult result, string call, string? detail = null)
    {
        string name = DriverApi.cuGetErrorName(result, out nint text) == CudaResult.Success ? TextAt(text) : "";
        string description = DriverApi.cuGetErrorString(result, out text) == CudaResult.Success ? TextAt(text) : "";
        return new CudaException(
            FunctionOf(call), (int)result, name.Length > 0 ? name : "unknown error", description, detail)
        {
            IsSticky = BreaksContext(result),
        };
    }

    private static bool BreaksContext(CudaResult result) => result is CudaResult.EccUncorrectable
        or CudaResult.NvLinkUncorrectable or CudaResult.IllegalAddress or CudaResult.LaunchTimeout
        or CudaResult.ContextIsDestroyed or CudaResult.Assert or CudaResult.HardwareStackError
        or CudaResult.IllegalInstruction or CudaResult.MisalignedAddress or CudaResult.InvalidAddressSpace
        or CudaResult.InvalidProgramCounter or CudaResult.LaunchFailed;

    private static string Part(string separator, string? text) =>
        string.IsNullOrEmpty(text) ? "" : separator + text;

    private static string TextAt(nint text) => Marshal.PtrToStringUTF8(text) ?? "";

    // From "DriverApi.cuMemAlloc_v2(out address, (nuint)bytes)" to "cuMemAlloc_v2".
    private static string FunctionOf(string expression)
    {
        int end = expression.IndexOf('(', StringComparison.Ordinal);
        string path = end < 0 ? expression : expression[..end];
        return path[(path.LastIndexOf('.') + 1)..];
    }
}
