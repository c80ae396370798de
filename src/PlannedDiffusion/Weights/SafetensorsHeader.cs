using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using PlannedDiffusion.Files;
using static PlannedDiffusion.Files.MessageText;

namespace PlannedDiffusion.Weights;

/// <summary>
/// The header of a safetensors file: its length in eight bytes, little-endian, then JSON with type, shape and byte
/// range of each tensor. The input is untrusted: every number is checked before it is used, and memory is bounded by
/// the header's own size.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Bytes of the length in front of the header.</summary>
    public const int PrefixBytes = sizeof(ulong);

    /// <summary>Largest header that the format allows.</summary>
    public const int MaxBytes = 100_000_000;

    private SafetensorsHeader(IReadOnlyList<TensorInfo> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>The tensors, in the order of their bytes.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>The texts under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads and validates a header.</summary>
    /// <param name="start">The file from its first byte on; at least the prefix and the header, if it has them.</param>
    /// <param name="fileLength">Bytes of the complete file.</param>
    /// <param name="source">Path of the file, for messages.</param>
    /// <exception cref="SafetensorsException">The file breaks a rule of the format.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> start, long fileLength, string source)
    {
        ReadOnlySpan<byte> json = Json(start, fileLength, source);
        var parser = new SafetensorsHeaderParser(json, PrefixBytes + json.Length, source);
        try
        {
            parser.Run();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped lone surrogate, which is not Unicode text.
            string reason = OneLine(e.Message);
            throw new SafetensorsException(source, $"the header is not valid JSON: {reason}", e);
        }

        parser.Tensors.Sort(ByBytes);
        CheckCoverage(parser.Tensors, PrefixBytes + json.Length, fileLength, source);
        return new SafetensorsHeader(parser.Tensors, parser.Metadata);
    }

    /// <summary>Where the header ends by its own length; 0 if that length is refused.</summary>
    internal static long EndOf(ReadOnlySpan<byte> start, long fileLength)
    {
        if (start.Length < PrefixBytes) return 0;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        return length <= MaxBytes && length <= (ulong)(fileLength - PrefixBytes) ? PrefixBytes + (long)length : 0;
    }

    private static ReadOnlySpan<byte> Json(ReadOnlySpan<byte> start, long fileLength, string source)
    {
        if (fileLength < PrefixBytes || start.Length < PrefixBytes)
            throw new SafetensorsException(source, $"{fileLength} bytes are too few for a safetensors header");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxBytes)
        {
            throw new SafetensorsException(source, Misplaced.Describe(start)
                ?? $"a header of {length} bytes is above the limit of {MaxBytes}");
        }

        if (length > (ulong)(fileLength - PrefixBytes) || length > (ulong)(start.Length - PrefixBytes))
        {
            throw new SafetensorsException(
                source, $"a header of {length} bytes does not fit into the file's {fileLength} bytes");
        }

        ReadOnlySpan<byte> json = start.Slice(PrefixBytes, (int)length);
        if (json.IsEmpty || json[0] != (byte)'{')
            throw new SafetensorsException(source, "the header does not begin with '{'");
        if (!Utf8.IsValid(json)) throw new SafetensorsException(source, "the header is not valid UTF-8");
        return json;
    }

    // Empty tensors come before the tensor that begins at the same byte.
    private static int ByBytes(TensorInfo a, TensorInfo b)
    {
        int order = a.Offset.CompareTo(b.Offset);
        return order != 0 ? order : a.ByteCount.CompareTo(b.ByteCount);
    }

    // The format allows neither overlaps nor unused bytes: nothing can hide in a file.
    private static void CheckCoverage(List<TensorInfo> tensors, long dataStart, long fileLength, string source)
    {
        long position = dataStart;
        TensorInfo? previous = null;
        foreach (TensorInfo tensor in tensors)
        {
            if (tensor.Offset < position)
                throw Failure($"tensor {Quote(tensor.Name)} overlaps tensor {Quote(previous!.Name)}");
            long hole = tensor.Offset - position;
            if (hole > 0) throw Failure($"{hole} bytes before tensor {Quote(tensor.Name)} belong to no tensor");
            if (tensor.ByteCount > fileLength - position)
                throw Failure($"tensor {Quote(tensor.Name)} ends outside of the file: {fileLength} bytes, truncated?");
            position += tensor.ByteCount;
            previous = tensor;
        }

        if (position != fileLength)
            throw Failure($"{fileLength - position} bytes after the last tensor belong to no tensor");

        SafetensorsException Failure(string problem) => new(source, problem);
    }
}
