using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;
using static PlannedDiffusion.Tests.Weights.RawSafetensors;

namespace PlannedDiffusion.Tests.Weights;

/// <summary>
/// Everything that the format allows is read: every type, scalars, empty tensors, any order, padding.
/// </summary>
public sealed class SafetensorsFileTests
{
    [Fact]
    public void EveryTypeOfTheFormatHasItsSize()
    {
        (string Name, int Bits)[] types =
        [
            ("BOOL", 8), ("U8", 8), ("I8", 8), ("F8_E5M2", 8), ("F8_E4M3", 8), ("I16", 16), ("U16", 16), ("F16", 16),
            ("BF16", 16), ("I32", 32), ("U32", 32), ("F32", 32), ("F64", 64), ("I64", 64), ("U64", 64), ("C64", 64),
            ("F8_E8M0", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6),
        ];
        Assert.Equal(Enum.GetNames<StoredType>().Length, types.Length);
        foreach ((string name, int bits) in types)
        {
            byte[] file = File($"{{{Tensor("t", name, "2,2", $"0,{bits / 2}")}}}", bits / 2);
            TensorInfo tensor = Assert.Single(SafetensorsHeader.Parse(file, file.Length, name).Tensors);
            Assert.Equal(name, tensor.Type.ToString());
            Assert.Equal(bits / 2, tensor.ByteCount);
            Assert.Equal(4, tensor.ElementCount);
            Assert.Equal(name is "F32" or "F16" or "BF16" ? name : null, tensor.Type.AsDType()?.ToString());
        }
    }

    [Fact]
    public void ScalarsEmptyTensorsAndAnyOrderAreLegal()
    {
        string json = "{" + string.Join(",", Tensor("last", "U8", "3", "4,7"), Tensor("none", "F64", "5,0,7", "4,4"),
            Tensor("scalar", "F32", "", "0,4"), Tensor("end", "I8", "0", "7,7")) + "}";
        using var folder = new TemporaryDirectory();
        using var file = SafetensorsFile.Open(folder.Write("x.safetensors", File(json, 7)));
        Assert.Equal(["scalar", "none", "last", "end"], file.Header.Tensors.Select(tensor => tensor.Name));
        Assert.True(file.TryFind("last", out TensorInfo? last));
        Assert.Equal([4, 5, 6], file.BytesOf(last).ToArray());
        Assert.True(file.TryFind("scalar", out TensorInfo? scalar));
        Assert.Equal([0, 1, 2, 3], file.BytesOf(scalar).ToArray());
        Assert.Equal(1, scalar.ElementCount);
        Assert.True(file.TryFind("none", out TensorInfo? none));
        Assert.True(file.BytesOf(none).IsEmpty);
        Assert.False(file.TryFind("other", out _));
    }

    [Fact]
    public void PaddingMetadataAndEscapesAreRead()
    {
        string json = """{"__metadata__":{"format":"pt","\u00e4\n":"\"é"}""" +
            ""","t\u0065xt ü":{"shape":[1],"dtype":"U8","data_offsets":[0,1]}}""" + new string(' ', 9);
        byte[] file = File(json, 1);
        var header = SafetensorsHeader.Parse(file, file.Length, "x");
        Assert.Equal("pt", header.Metadata["format"]);
        Assert.Equal("\"é", header.Metadata["ä\n"]);
        Assert.Equal("text ü", Assert.Single(header.Tensors).Name);
    }

    [Fact]
    public void AFileWithoutTensorsIsLegal()
    {
        byte[] file = File("{}", 0);
        Assert.Empty(SafetensorsHeader.Parse(file, file.Length, "x").Tensors);
    }

    [Fact]
    public void OffsetsBeyondTwoGigabytesComeFromTheHeaderAlone()
    {
        // The parser needs the header and the length of the file, not its data.
        const long Big = 5_000_000_000;
        byte[] start = File(ByteAfter(Big), 0);
        var header = SafetensorsHeader.Parse(start, start.Length + Big + 1, "big");
        Assert.Equal(start.Length + Big, header.Tensors[1].Offset);
    }

    [Fact]
    public void TensorsAboveTwoGigabytesAreRead()
    {
        // A sparse file: the length is real, the disk space is not.
        const long Big = 2_200_000_000;
        using var folder = new TemporaryDirectory();
        string path = folder.Write("big.safetensors", File(ByteAfter(Big), 0));
        using (FileStream stream = System.IO.File.OpenWrite(path))
        {
            stream.SetLength(stream.Length + Big + 1);
            stream.Position = stream.Length - 1;
            stream.WriteByte(42);
        }

        using var file = SafetensorsFile.Open(path);
        Assert.True(file.TryFind("b", out TensorInfo? last));
        Assert.Equal([42], file.BytesOf(last).ToArray());
        Assert.True(file.TryFind("a", out TensorInfo? first));
        Assert.Equal(Big, file.DataOf(first).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.DataOf(first).Read(Big, new byte[1]));
        Assert.Throws<OverflowException>(() => file.BytesOf(first).Length);
    }

    [Fact]
    public void ATensorOfAnotherFileIsRefused()
    {
        using var folder = new TemporaryDirectory();
        string json = $"{{{Tensor("a", "U8", "2", "0,2")}}}";
        using var file = SafetensorsFile.Open(folder.Write("x.safetensors", File(json, 2)));
        using var other = SafetensorsFile.Open(folder.Write("y.safetensors", File(json.Replace("\"a\"", "\"b\""), 2)));
        TensorInfo own = file.Header.Tensors[0];
        Assert.Equal(2, file.BytesOf(own with { }).Length);
        TensorInfo[] strangers =
        [
            other.Header.Tensors[0], own with { Offset = file.Length - 1 }, own with { Offset = 1L << 40 },
            own with { Offset = -1 }, own with { ByteCount = 64 }, own with { ByteCount = -1 }, own with { Name = "b" },
        ];
        foreach (TensorInfo stranger in strangers)
        {
            Assert.Throws<ArgumentException>(() => file.BytesOf(stranger).Length);
            Assert.Throws<ArgumentException>(() => file.DataOf(stranger));
        }
    }

    [Fact]
    public void NoReadLeavesItsTensor()
    {
        using var folder = new TemporaryDirectory();
        using var file = SafetensorsFile.Open(
            folder.Write("x.safetensors", File($"{{{Tensor("a", "U8", "3", "0,3")}}}", 3)));
        foreach (TensorBytes data in (TensorBytes[])[
            file.DataOf(file.Header.Tensors[0]), TensorBytes.InMemory(new byte[] { 0, 1, 2 })])
        {
            byte[] two = new byte[2];
            data.Read(1, two);
            Assert.Equal([1, 2], two);
            data.Read(3, []);
            foreach (long offset in (long[])[-1, 2, 3, 4, long.MaxValue, long.MinValue])
                Assert.Throws<ArgumentOutOfRangeException>(() => data.Read(offset, two));
        }
    }

    /// <summary>Reads through a mapping equal those through the file, and end with it.</summary>
    [Fact]
    public void AMappedFileIsReadTheSame()
    {
        using var folder = new TemporaryDirectory();
        var file = SafetensorsFile.Open(
            folder.Write("x.safetensors", File($"{{{Tensor("a", "U8", "9", "0,9")}}}", 9)));
        TensorBytes data = file.DataOf(file.Header.Tensors[0]);
        byte[] handle = new byte[4], mapped = new byte[4];
        data.Read(5, handle);
        file.Map();
        data.Read(5, mapped);
        Assert.Equal(handle, mapped);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => data.Read(5, mapped));
    }

    [Fact]
    public void AClosedFileGivesNoBytes()
    {
        using var folder = new TemporaryDirectory();
        var file = SafetensorsFile.Open(folder.Write("x.safetensors", File($"{{{Tensor("a", "U8", "1", "0,1")}}}", 1)));
        TensorBytes data = file.DataOf(file.Header.Tensors[0]);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.DataOf(file.Header.Tensors[0]));
        Assert.Throws<ObjectDisposedException>(() => file.BytesOf(file.Header.Tensors[0]).Length);
        Assert.Throws<ObjectDisposedException>(() => data.Read(0, new byte[1]));
    }

    // A large tensor "a", then one byte, "b".
    private static string ByteAfter(long size) =>
        $"{{{Tensor("a", "U8", $"{size}", $"0,{size}")},{Tensor("b", "U8", "1", $"{size},{size + 1}")}}}";
}
