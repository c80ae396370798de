using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Weights;

/// <summary>Random valid files are read back unchanged. Damaged ones are read correctly or refused.</summary>
public sealed class SafetensorsProperties
{
    private static readonly string[] Hostile =
    [
        "[", "]", "{", "}", ",", ":", "\"", "\\", "\\u", "\\ud800", "null", "-1", "1e9", "0.5", "9223372036854775807",
        "18446744073709551616", "4294967296", "00", "\n", "\0", "[[[[", "\"a\":{}", "\"dtype\":\"F4\"", "[0,0]", "F7",
        "\"shape\":[]", "__metadata__", "\"__metadata__\":{},", "é", "  ",
    ];

    private static Gen<TensorDeclaration> Tensors { get; } =
        from name in Gen.OneOf(
            Gen.Elements("a", "", "model.norm.weight", "ü", "\"\\", "line\nbreak", "😀", "/../x", "null"),
            Gen.Choose(0, 999).Select(n => $"t{n}"))
        from type in Gen.Elements(Enum.GetValues<StoredType>())
        from shape in Gen.Choose(0, 4).SelectMany(rank => Gen.ArrayOf(Gen.Choose(0, 5), rank))
        select new TensorDeclaration(name, type, Array.ConvertAll(shape, dimension => (long)dimension));

    private static Gen<TensorDeclaration[]> Files { get; } =
        from tensors in Gen.Choose(0, 8).SelectMany(count => Gen.ArrayOf(Tensors, count))
        select tensors.DistinctBy(tensor => tensor.Name).Where(FillsWholeBytes).ToArray();

    private static Gen<byte[]> DamagedFiles { get; } =
        from tensors in Files
        from damages in Gen.Choose(1, 3).SelectMany(count => Gen.ArrayOf(Damage, count))
        select damages.Aggregate(Bytes(tensors, null), (file, damage) => damage(file));

    private static Gen<Func<byte[], byte[]>> Damage { get; } =
        from kind in Gen.Choose(0, 4)
        from place in Gen.Choose(0, 999_999)
        from other in Gen.Choose(0, 999_999)
        from value in Gen.Choose(0, 255)
        from fragment in Gen.Elements(Hostile)
        select new Func<byte[], byte[]>(file => kind switch
        {
            0 => Overwrite(file, place % Math.Max(1, Math.Min(file.Length, 300)), (byte)value),
            1 => file[..(place % (file.Length + 1))],
            2 => Splice(file, place, 0, Encoding.UTF8.GetBytes(fragment)),
            3 => Splice(file, place, other % 24, Encoding.UTF8.GetBytes(fragment)),
            _ => Splice(file, place, other % 24, []),
        });

    [Fact]
    public void WrittenFilesAreReadAsTheyWereWritten() => FixedSeed.Check(Files, 300, tensors =>
    {
        var metadata = tensors.ToDictionary(tensor => tensor.Name + "!", tensor => tensor.Type.ToString());
        byte[] file = Bytes(tensors, metadata);
        var header = SafetensorsHeader.Parse(file, file.Length, "file");
        Assert.Equal(metadata, header.Metadata.ToDictionary());
        Assert.Equal(tensors.Length, header.Tensors.Count);
        Assert.Equal(0, (BinaryPrimitives.ReadInt64LittleEndian(file) + 8) % 8);
        foreach (TensorDeclaration tensor in tensors)
        {
            TensorInfo read = header.Tensors.Single(info => info.Name == tensor.Name);
            Assert.Equal(tensor.Type, read.Type);
            Assert.Equal(tensor.Shape, read.Shape);
        }

        AssertCovered(header, file);
    });

    [Fact]
    public void DamagedFilesAreReadCorrectlyOrRefused()
    {
        int accepted = 0, refused = 0;
        FixedSeed.Check(DamagedFiles, 5000, file =>
        {
            try
            {
                AssertCovered(SafetensorsHeader.Parse(file, file.Length, "file"), file);
                accepted++;
            }
            catch (SafetensorsException e)
            {
                Assert.StartsWith("file: ", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(e.Message, char.IsControl);
                refused++;
            }
        });

        // Damage that is never detected, or always refused at the first byte, would test nothing.
        Assert.InRange(accepted, 50, 4950);
        Assert.InRange(refused, 50, 4950);
    }

    private static bool FillsWholeBytes(TensorDeclaration tensor) =>
        tensor.Shape.Aggregate(tensor.Type.Bits(), (bits, dimension) => bits * (int)dimension) % 8 == 0;

    private static byte[] Bytes(TensorDeclaration[] tensors, Dictionary<string, string>? metadata)
    {
        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter(stream, tensors, metadata);
        foreach (TensorDeclaration tensor in tensors)
            writer.Write(new byte[tensor.Type.ByteCount([.. tensor.Shape])]);
        writer.Complete();
        return stream.ToArray();
    }

    // Promises to a reader: tensors tile the data exactly, and each has the size of its shape.
    private static void AssertCovered(SafetensorsHeader header, byte[] file)
    {
        long position = 8 + BinaryPrimitives.ReadInt64LittleEndian(file);
        foreach (TensorInfo tensor in header.Tensors)
        {
            Assert.Equal(position, tensor.Offset);
            Assert.Equal(tensor.Type.Bits() * tensor.ElementCount, 8 * tensor.ByteCount);
            position += tensor.ByteCount;
        }

        Assert.Equal(file.Length, position);
        Assert.Equal(header.Tensors.Count, header.Tensors.DistinctBy(tensor => tensor.Name).Count());
    }

    private static byte[] Overwrite(byte[] file, int place, byte value)
    {
        if (file.Length == 0) return file;
        byte[] changed = [.. file];
        changed[place] = value;
        return changed;
    }

    // Damages the JSON and adjusts the header's length. Otherwise only the length would be tested.
    private static byte[] Splice(byte[] file, int place, int removed, byte[] inserted)
    {
        if (file.Length < 8) return file;
        int json = (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(file), 0, file.Length - 8);
        int at = 8 + place % (json + 1);
        removed = Math.Min(removed, 8 + json - at);
        byte[] changed = [.. file[..at], .. inserted, .. file[(at + removed)..]];
        BinaryPrimitives.WriteInt64LittleEndian(changed, json - removed + inserted.Length);
        return changed;
    }
}
