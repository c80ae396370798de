using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace PlannedDiffusion.Weights;

/// <summary>Name, type and shape of a tensor that will be written.</summary>
internal readonly record struct TensorDeclaration(string Name, StoredType Type, IReadOnlyList<long> Shape);

/// <summary>
/// Writes a safetensors file: the header at once, then the tensors' bytes in the order of their declaration, in pieces
/// of any size.
/// </summary>
internal sealed class SafetensorsWriter
{
    private readonly Stream _stream;
    private long _left;

    /// <summary>Writes the header.</summary>
    /// <param name="stream">Where the file goes; not owned.</param>
    /// <param name="tensors">All tensors, in the order in which their bytes will come.</param>
    /// <param name="metadata">Texts for <c>__metadata__</c>, or null for none.</param>
    /// <exception cref="ArgumentException">
    /// A name is reserved or used twice, a shape does not fill whole bytes, or the header is too long.
    /// </exception>
    public SafetensorsWriter(
        Stream stream,
        IReadOnlyList<TensorDeclaration> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        _stream = stream;
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json)) _left = WriteHeader(writer, tensors, metadata);

        // The data begins at a multiple of eight bytes, so that every type of the engine is aligned.
        int padding = -json.WrittenCount & 7;
        json.GetSpan(padding)[..padding].Fill((byte)' ');
        json.Advance(padding);
        if (json.WrittenCount > SafetensorsHeader.MaxBytes)
            throw new ArgumentException($"The header takes {json.WrittenCount} bytes.", nameof(tensors));

        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)json.WrittenCount);
        stream.Write(prefix);
        stream.Write(json.WrittenSpan);
    }

    /// <summary>Appends the next bytes.</summary>
    /// <exception cref="InvalidOperationException">There are more bytes than were declared.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _left)
            throw new InvalidOperationException($"{bytes.Length} bytes written, {_left} are left to write.");
        _stream.Write(bytes);
        _left -= bytes.Length;
    }

    /// <summary>Checks that every declared byte was written, and flushes.</summary>
    /// <exception cref="InvalidOperationException">Bytes are missing: the file is not valid.</exception>
    public void Complete()
    {
        if (_left != 0) throw new InvalidOperationException($"{_left} declared bytes were not written.");
        _stream.Flush();
    }

    private static long WriteHeader(
        Utf8JsonWriter writer, IReadOnlyList<TensorDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        writer.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            writer.WriteStartObject("__metadata__");
            foreach ((string key, string value) in metadata) writer.WriteString(key, value);
            writer.WriteEndObject();
        }

        var names = new HashSet<string> { "__metadata__" };
        long position = 0;
        foreach (TensorDeclaration tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"The name '{tensor.Name}' is taken.", nameof(tensors));
            long end = checked(position + tensor.Type.ByteCount([.. tensor.Shape]));
            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", tensor.Type.ToString());
            writer.WriteStartArray("shape");
            foreach (long dimension in tensor.Shape) writer.WriteNumberValue(dimension);
            writer.WriteEndArray();
            writer.WriteStartArray("data_offsets");
            writer.WriteNumberValue(position);
            writer.WriteNumberValue(end);
            writer.WriteEndArray();
            writer.WriteEndObject();
            position = end;
        }

        writer.WriteEndObject();
        return position;
    }
}
