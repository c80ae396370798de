using System.Diagnostics.CodeAnalysis;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Weights;

/// <summary>
/// A safetensors file, mapped into memory read-only: tensors are addresses in the mapping, nothing is copied. The file
/// must not be shortened while it is open.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, TensorInfo> _tensors;
    private byte* _start; // null after Dispose

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        Path = path;
        Length = RandomAccess.GetLength(handle);
        if (Length < SafetensorsHeader.PrefixBytes)
        {
            // An empty file cannot be mapped.
            throw new SafetensorsException(path, $"{Length} bytes are too few for a safetensors header");
        }

        _map = MemoryMappedFile.CreateFromFile(
            handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        try
        {
            long most = Math.Min(Length, SafetensorsHeader.PrefixBytes + SafetensorsHeader.MaxBytes);
            Header = SafetensorsHeader.Parse(new ReadOnlySpan<byte>(_start, (int)most), Length, path);
        }
        catch
        {
            Dispose();
            throw;
        }

        _tensors = Header.Tensors.ToDictionary(tensor => tensor.Name);
    }

    /// <summary>The file's path, as it was given.</summary>
    public string Path { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>The validated header.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Maps and validates a file.</summary>
    /// <exception cref="SafetensorsException">It cannot be read, or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = RegularFile.Open(path);
            return new SafetensorsFile(path, handle);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not SafetensorsException)
        {
            handle?.Dispose();
            throw new SafetensorsException(path, $"cannot be read: {e.Message}", e);
        }
        catch
        {
            handle?.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor by name.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out TensorInfo? tensor) =>
        _tensors.TryGetValue(name, out tensor);

    /// <summary>Address of a tensor's first byte, valid until <see cref="Dispose"/>; not necessarily aligned.</summary>
    public nint AddressOf(TensorInfo tensor)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return (nint)(_start + tensor.Offset);
    }

    /// <summary>A tensor's bytes, valid until <see cref="Dispose"/>; for tensors below 2 GB.</summary>
    public ReadOnlySpan<byte> BytesOf(TensorInfo tensor) =>
        new((void*)AddressOf(tensor), checked((int)tensor.ByteCount));

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (_start is null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
