using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>Compiled kernels, loaded on a device.</summary>
internal sealed class CudaModule : CudaHandle
{
    private CudaModule(PrimaryContext context, nint module, string name)
        : base(context, module)
    {
        Name = name;
    }

    /// <summary>The name of the source, for messages.</summary>
    public string Name { get; }

    public static unsafe CudaModule Load(CudaDevice device, ReadOnlySpan<byte> image, string name)
    {
        device.MakeCurrent();
        fixed (byte* start = image)
        {
            CudaResult result = DriverApi.cuModuleLoadDataEx(out nint module, start, 0, 0, 0);
            if (result != CudaResult.Success)
            {
                string detail = $"{name} on {device.Name} ({device.Architecture})";
                throw CudaException.Create(result, nameof(DriverApi.cuModuleLoadDataEx), detail);
            }

            return new CudaModule(device.Context, module, name);
        }
    }

    /// <summary>Makes the module's device the calling thread's device.</summary>
    public void MakeCurrent() => Context.MakeCurrent();

    public CudaFunction GetFunction(string name)
    {
        MakeCurrent();
        CudaResult result = DriverApi.cuModuleGetFunction(out nint function, Value, name);
        if (result != CudaResult.Success)
        {
            string detail = $"{name} in {Name}";
            throw CudaException.Create(result, nameof(DriverApi.cuModuleGetFunction), detail);
        }

        var kernel = new CudaFunction(this, function, name);
        kernel.PreferShared();
        return kernel;
    }

    protected override bool Free(nint value) => DriverApi.cuModuleUnload(value) == CudaResult.Success;
}
