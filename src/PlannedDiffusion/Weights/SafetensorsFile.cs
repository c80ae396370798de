using System.Diagnostics.CodeAnalysis;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Weights;

/// <summary>
/// A safetensors file that is open for reading. If the file is shortened meanwhile, reads throw; through a mapping, the
/// system ends the process.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int FirstBytes = 4096;

    private readonly SafeFileHandle _handle;
    private readonly DateTime _modified;
    private readonly Dictionary<string, TensorInfo> _tensors;
    private MemoryMappedFile? _map;
    private MemoryMappedViewAccessor? _view; // null: reads go to the file

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
        _modified = File.GetLastWriteTimeUtc(handle);
        Header = SafetensorsHeader.Parse(ReadStart(), Length, path);
        _tensors = Header.Tensors.ToDictionary(tensor => tensor.Name);
    }

    /// <summary>The file's path, as it was given.</summary>
    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>The validated header.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="SafetensorsException">It cannot be read, or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = RegularFile.Open(path);
            return new SafetensorsFile(path, handle);
        }
        catch (Exception e)
        {
            handle?.Dispose();
            if (e is (IOException or UnauthorizedAccessException) and not SafetensorsException)
                throw new SafetensorsException(path, $"cannot be read: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Finds a tensor by name.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out TensorInfo? tensor) =>
        _tensors.TryGetValue(name, out tensor);

    /// <summary>A tensor's bytes, still in the file. They can be read until <see cref="Dispose"/>.</summary>
    /// <exception cref="ArgumentException">It is not a tensor of this file.</exception>
    public TensorBytes DataOf(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (_tensors.TryGetValue(tensor.Name, out TensorInfo? own) && own == tensor) return new Data(this, own);
        throw new ArgumentException(
            $"{Path} holds no tensor {MessageText.Quote(tensor.Name)} of {tensor.ByteCount} bytes at {tensor.Offset}.",
            nameof(tensor));
    }

    /// <summary>A copy of a tensor's bytes; for tensors below 2 GB.</summary>
    /// <exception cref="ArgumentException">It is not a tensor of this file.</exception>
    /// <exception cref="SafetensorsException">The file cannot be read or was shortened.</exception>
    public ReadOnlySpan<byte> BytesOf(TensorInfo tensor)
    {
        TensorBytes data = DataOf(tensor);
        byte[] bytes = new byte[checked((int)data.Length)];
        data.Read(0, bytes);
        return bytes;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _view?.Dispose();
        _map?.Dispose();
        _handle.Dispose();
    }

    /// <summary>
    /// Maps the file into memory, which saves a system call for each read. If the file is shortened while it is read,
    /// the system ends the process.
    /// </summary>
    internal void Map()
    {
        if (_view is not null) return;
        _map = MemoryMappedFile.CreateFromFile(
            _handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>Compares length and modification time with those of when the file was opened.</summary>
    /// <exception cref="SafetensorsException">The file was changed.</exception>
    internal void EnsureUnchanged()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (RandomAccess.GetLength(_handle) != Length || File.GetLastWriteTimeUtc(_handle) != _modified)
            throw new SafetensorsException(Path, "was changed while it was read; what was read of it is not used");
    }

    private byte[] ReadStart()
    {
        byte[] start = new byte[(int)Math.Min(Length, FirstBytes)];
        ReadAt(0, start);
        long header = SafetensorsHeader.EndOf(start, Length);
        if (header <= start.Length) return start;
        byte[] whole = new byte[(int)header];
        ReadAt(0, whole);
        return whole;
    }

    private void ReadAt(long position, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (_view is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)position, destination);
            return;
        }

        while (!destination.IsEmpty)
        {
            int read = ReadSome(position, destination);
            if (read == 0) throw new SafetensorsException(Path, "was shortened while it was read");
            position += read;
            destination = destination[read..];
        }
    }

    private int ReadSome(long position, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(_handle, destination, position);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException(Path, $"cannot be read: {e.Message}", e);
        }
    }

    private sealed class Data(SafetensorsFile file, TensorInfo tensor) : TensorBytes(tensor.ByteCount)
    {
        private protected override void ReadInside(long offset, Span<byte> destination) =>
            file.ReadAt(tensor.Offset + offset, destination);
    }
}
