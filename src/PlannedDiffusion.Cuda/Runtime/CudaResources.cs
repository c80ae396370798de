namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>What a runner owns, given back in the reverse order: also of one that was never completed.</summary>
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

    /// <summary>The stream whose work must be done before anything goes.</summary>
    public void FinishFirst(CudaStream stream) => _stream = stream;

    public void Dispose()
    {
        _stream?.Finish();
        while (_owned.TryPop(out IDisposable? resource)) resource.Dispose();
    }
}
