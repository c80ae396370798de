namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>
/// Owns resources and disposes them in reverse order. A runner whose constructor failed releases them too.
/// </summary>
internal sealed class CudaResources : IDisposable
{
    private readonly Stack<IDisposable> _owned = [];
    private CudaStream? _stream;

    public T Add<T>(T resource)
        where T : IDisposable
    {
        _owned.Push(resource);
        return resource;
    }

    /// <summary>Names a stream whose work must end before anything is disposed.</summary>
    public void FinishFirst(CudaStream stream) => _stream = stream;

    public void Dispose()
    {
        _stream?.Finish();
        while (_owned.TryPop(out IDisposable? resource)) resource.Dispose();
    }
}
