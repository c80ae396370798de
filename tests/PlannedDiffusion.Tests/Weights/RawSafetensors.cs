using System.Buffers.Binary;
using System.Text;

namespace PlannedDiffusion.Tests.Weights;

/// <summary>Makes files byte by byte, valid or not. The library's writer refuses to make invalid ones.</summary>
internal static class RawSafetensors
{
    /// <summary>A file of a JSON header and <paramref name="dataBytes"/> bytes 0, 1, 2, ...</summary>
    public static byte[] File(string json, int dataBytes) => File(Encoding.UTF8.GetBytes(json), dataBytes);

    public static byte[] File(byte[] json, int dataBytes)
    {
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        for (int i = 0; i < dataBytes; i++) file[8 + json.Length + i] = (byte)i;
        return file;
    }

    /// <summary>A file that only claims to have a header of some length.</summary>
    public static byte[] WithLength(ulong headerLength, string rest)
    {
        byte[] file = File(rest, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerLength);
        return file;
    }

    /// <summary>The JSON of one tensor.</summary>
    public static string Tensor(string name, string type, string shape, string offsets) =>
        $$"""
        "{{name}}":{"dtype":"{{type}}","shape":[{{shape}}],"data_offsets":[{{offsets}}]}
        """;
}
