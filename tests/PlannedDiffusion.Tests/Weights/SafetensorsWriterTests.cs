using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Weights;

/// <summary>The writer reports every invalid file.</summary>
public sealed class SafetensorsWriterTests
{
    private static readonly TensorDeclaration[] Two =
        [new("a", StoredType.F32, [2]), new("b", StoredType.U8, [3])];

    [Fact]
    public void BytesMayComeInPiecesOfAnySize()
    {
        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter(stream, Two);
        for (byte i = 0; i < 11; i++) writer.Write([i]);
        writer.Complete();
        byte[] file = stream.ToArray();
        var header = SafetensorsHeader.Parse(file, file.Length, "x");
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], file[(int)header.Tensors[0].Offset..]);
    }

    [Fact]
    public void MissingAndSurplusBytesAreErrors()
    {
        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter(stream, Two);
        writer.Write(new byte[10]);
        Assert.Contains("1 declared bytes", Assert.Throws<InvalidOperationException>(writer.Complete).Message);
        Assert.Throws<InvalidOperationException>(() => writer.Write(new byte[2]));
        writer.Write(new byte[1]);
        writer.Complete();
    }

    [Fact]
    public void ForbiddenNamesAreErrors()
    {
        TensorDeclaration a = Two[0];
        Assert.ThrowsAny<ArgumentException>(() => new SafetensorsWriter(Stream.Null, [a, a]));
        TensorDeclaration reserved = a with { Name = "__metadata__" }, negative = a with { Shape = [-1] };
        Assert.ThrowsAny<ArgumentException>(() => new SafetensorsWriter(Stream.Null, [reserved]));
        Assert.ThrowsAny<ArgumentException>(() => new SafetensorsWriter(Stream.Null, [negative]));
        TensorDeclaration huge = a with { Shape = [1L << 32, 1L << 32] };
        Assert.Throws<OverflowException>(() => new SafetensorsWriter(Stream.Null, [huge]));
    }
}
