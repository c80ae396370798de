using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>cuBLAS on one stream. It has a workspace of its own, so that graphs can capture its calls.</summary>
internal sealed class CuBlas : CudaHandle
{
    private const long DefaultWorkspaceBytes = 32 << 20;

    private readonly DeviceMemory _workspace;
    private readonly CudaStream _stream;

    private CuBlas(PrimaryContext context, nint handle, DeviceMemory workspace, CudaStream stream)
        : base(context, handle)
    {
        _workspace = workspace;
        _stream = stream;
    }

    /// <summary>Null if the library is not installed or cannot be used. In the latter case there is a reason.</summary>
    public static CuBlas? TryLoad(CudaDevice device, CudaStream stream, out string? reason)
    {
        reason = device.Libraries.WhyNoCuBlas;
        if (!device.Libraries.HasCuBlas) return null;
        try
        {
            return Load(device, stream);
        }
        catch (CudaException e) when (e.Call.StartsWith("cublas", StringComparison.Ordinal))
        {
            reason = e.Message;
            return null;
        }
    }

    /// <exception cref="CudaLibraryException">The library is missing, or newer than the driver.</exception>
    /// <exception cref="CudaException">The library cannot be initialised.</exception>
    public static CuBlas Load(CudaDevice device, CudaStream stream, long workspaceBytes = DefaultWorkspaceBytes)
    {
        if (!device.Libraries.HasCuBlas) throw device.Libraries.MissingCuBlas;
        DeviceMemory workspace = device.Allocate(workspaceBytes, "cuBLAS workspace");
        CuBlas? blas = null;
        try
        {
            CudaException.ThrowIfFailed(CuBlasApi.cublasCreate_v2(out nint handle));
            blas = new CuBlas(device.Context, handle, workspace, stream);
            // The stream comes first, because setting it resets the workspace.
            CudaException.ThrowIfFailed(CuBlasApi.cublasSetStream_v2(handle, stream.Value));
            CudaException.ThrowIfFailed(
                CuBlasApi.cublasSetWorkspace_v2(handle, workspace.Address, (nuint)workspaceBytes));
            return blas;
        }
        catch
        {
            blas?.Dispose();
            workspace.Dispose();
            throw;
        }
    }

    /// <summary>Queues a product.</summary>
    public unsafe void Multiply(in CuBlasOperands operands)
    {
        _stream.EndsWithKernel = false; // cuBLAS alone knows whether its kernels wait and signal
        float one = 1, zero = 0;
        // Column-major for cuBLAS: output^T[columns, rows] = weights[columns, depth] * input^T[depth, rows].
        CudaException.ThrowIfFailed(CuBlasApi.cublasGemmEx(
            Value, CuBlasOperation.Transpose, CuBlasOperation.None, operands.Columns, operands.Rows, operands.Depth,
            &one, operands.Weights.Address, operands.Type, operands.Weights.Stride, operands.Input.Address,
            operands.Type, operands.Input.Stride, &zero, operands.Output.Address, CudaDataType.Float32,
            operands.Output.Stride, CuBlasComputeType.Float32, CuBlasAlgorithm.Default));
    }

    protected override bool Free(nint value) => CuBlasApi.cublasDestroy_v2(value) == CuBlasStatus.Success;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _workspace.Dispose();
    }
}
