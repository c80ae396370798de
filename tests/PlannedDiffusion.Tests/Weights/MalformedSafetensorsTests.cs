using System.Text;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;
using static PlannedDiffusion.Tests.Weights.RawSafetensors;

namespace PlannedDiffusion.Tests.Weights;

/// <summary>Each rule of the format is broken once: the file is refused, and the message has the reason.</summary>
public sealed class MalformedSafetensorsTests
{
    private const string Ok = """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""";

    private static readonly (string What, byte[] File, string Message)[] Corpus =
    [
        ("empty file", [], "0 bytes are too few"),
        ("seven bytes", [1, 2, 3, 4, 5, 6, 7], "7 bytes are too few"),
        ("no header", new byte[8], "does not begin with '{'"),
        ("length of 2^64 - 1", WithLength(ulong.MaxValue, Ok), "18446744073709551615 bytes is above the limit"),
        ("length of 2^63", WithLength(1UL << 63, Ok), "above the limit of 100000000"),
        ("length of the limit", WithLength(100_000_000, Ok), "a header of 100000000 bytes does not fit"),
        ("length above the limit", WithLength(100_000_001, Ok), "100000001 bytes is above the limit"),
        ("length of one too many", WithLength((ulong)Ok.Length + 1, Ok), "does not fit into the file's"),
        ("space in front", File(" " + Ok, 4), "does not begin with '{'"),
        ("a list", File("[]", 0), "does not begin with '{'"),
        ("no UTF-8", File([.. "{\""u8, 0xC3, 0x28, .. "\":{}}"u8], 0), "not valid UTF-8"),
        ("overlong UTF-8", File([.. "{\""u8, 0xC0, 0xAF, .. "\":{}}"u8], 0), "not valid UTF-8"),
        ("half a surrogate pair", File("""{"\ud800":{}}""", 0), "not valid JSON"),
        ("cut JSON", File("""{"a":{"dtype":"U8",""", 0), "not valid JSON"),
        ("text after the object", File(Ok + " x", 4), "not valid JSON"),
        ("second object", File(Ok + "{}", 4), "not valid JSON"),
        ("zeros after the object", File(Ok + "\0\0", 4), "not valid JSON"),
        ("comment", File(Ok.Insert(1, "/**/"), 4), "not valid JSON"),
        ("trailing comma", File("{" + Tensor("a", "U8", "4", "0,4") + ",}", 4), "not valid JSON"),
        ("deep list", File("{\"a\":" + new string('[', 100_000), 0), "tensor 'a' is not an object"),
        ("deep objects", File("{\"a\":" + Repeat("{\"b\":", 100_000), 0), "unknown field 'b'"),
        ("deep shape", File("""{"a":{"dtype":"U8","shape":[[[[4]]]],"data_offsets":[0,4]}}""", 4), "not valid JSON"),
        ("same tensor twice", File($"{{{Tensor("a", "U8", "0", "0,0")},{Tensor("a", "U8", "4", "0,4")}}}", 4),
            "tensor 'a' appears twice"),
        ("same tensor twice, escaped",
            File($"{{{Tensor("a", "U8", "", "0,1")},{Tensor("\\u0061", "U8", "", "1,2")}}}", 2),
            "tensor 'a' appears twice"),
        ("metadata twice", File("""{"__metadata__":{},"__metadata__":{}}""", 0), "'__metadata__' appears twice"),
        ("metadata key twice", File("""{"__metadata__":{"k":"1","k":"2"}}""", 0), "'k' appears twice"),
        ("metadata with a number", File("""{"__metadata__":{"k":1}}""", 0), "__metadata__ 'k' is not a string"),
        ("metadata with an object", File("""{"__metadata__":{"k":{}}}""", 0), "__metadata__ 'k' is not a string"),
        ("metadata is a text", File("""{"__metadata__":"x"}""", 0), "__metadata__ is not an object"),
        ("metadata is null", File("""{"__metadata__":null}""", 0), "__metadata__ is not an object"),
        ("entry is a number", File("""{"a":1}""", 0), "tensor 'a' is not an object"),
        ("entry is null", File("""{"a":null}""", 0), "tensor 'a' is not an object"),
        ("no dtype", File("""{"a":{"shape":[4],"data_offsets":[0,4]}}""", 4), "tensor 'a' has no dtype"),
        ("no shape", File("""{"a":{"dtype":"U8","data_offsets":[0,4]}}""", 4), "tensor 'a' has no shape"),
        ("no offsets", File("""{"a":{"dtype":"U8","shape":[4]}}""", 4), "tensor 'a' has no data_offsets"),
        ("dtype twice", File(Ok.Replace("\"shape\"", "\"dtype\":\"U8\",\"shape\""), 4), "'a' has dtype twice"),
        ("shape twice", File(Ok.Replace("\"shape\"", "\"shape\":[4],\"shape\""), 4), "'a' has shape twice"),
        ("offsets twice", File(Ok.Replace("\"shape\"", "\"data_offsets\":[0,4],\"shape\""), 4),
            "'a' has data_offsets twice"),
        ("unknown field", File(Ok.Replace("\"shape\"", "\"stride\":[1],\"shape\""), 4), "unknown field 'stride'"),
        ("unknown dtype", File(Ok.Replace("U8", "F7"), 4), "tensor 'a' has the unknown dtype 'F7'"),
        ("dtype in small letters", File(Ok.Replace("U8", "u8"), 4), "unknown dtype 'u8'"),
        ("dtype as a number in text", File(Ok.Replace("U8", "4"), 4), "unknown dtype '4'"),
        ("two dtypes", File(Ok.Replace("U8", "BOOL, U8"), 4), "unknown dtype 'BOOL, U8'"),
        ("dtype is a number", File(Ok.Replace("\"U8\"", "8"), 4), "dtype of tensor 'a' is not a string"),
        ("shape is a number", File(Ok.Replace("[4]", "4"), 4), "shape of tensor 'a' is not a list"),
        ("shape with a text", File(Ok.Replace("[4]", "[\"4\"]"), 4), "shape of tensor 'a' holds '4'"),
        ("negative dimension", File(Ok.Replace("[4]", "[-4]"), 4), "shape of tensor 'a' holds '-4'"),
        ("two negative dimensions", File(Ok.Replace("[4]", "[-2,-2]"), 4), "shape of tensor 'a' holds '-2'"),
        ("negative zero", File(Ok.Replace("[0,4]", "[-0,4]"), 4), "data_offsets of tensor 'a' holds '-0'"),
        ("fraction", File(Ok.Replace("[4]", "[4.0]"), 4), "shape of tensor 'a' holds '4.0'"),
        ("exponent", File(Ok.Replace("[4]", "[4e0]"), 4), "shape of tensor 'a' holds '4e0'"),
        ("leading zero", File(Ok.Replace("[4]", "[04]"), 4), "not valid JSON"),
        ("dimension of 2^63", File(Ok.Replace("[4]", "[9223372036854775808]"), 4), "holds '9223372036854775808'"),
        ("offset of 2^64 + 4", File(Ok.Replace("[0,4]", "[0,18446744073709551620]"), 4), "'18446744073709551620'"),
        ("many digits", File(Ok.Replace("[4]", $"[{new string('9', 5000)}]"), 4), "no whole number below 2^63"),
        ("one offset", File(Ok.Replace("[0,4]", "[4]"), 4), "tensor 'a' has no data_offsets of two numbers"),
        ("three offsets", File(Ok.Replace("[0,4]", "[0,4,8]"), 4), "data_offsets of tensor 'a' has more than 2"),
        ("65 dimensions", File(Ok.Replace("[4]", $"[4{Repeat(",1", 64)}]"), 4), "has more than 64 numbers"),
        ("product of 2^64", File(Ok.Replace("[4]", "[4294967296,4294967296]"), 4),
            "'a' of U8 [4294967296, 4294967296] has no size"),
        ("product of 2^64 and nothing", File(Ok.Replace("[4]", "[4294967296,4294967296,0]"), 4), "has no size"),
        ("size in bits of 2^63", File(Ok.Replace("[4]", "[1152921504606846976]"), 4), "has no size"),
        ("half a byte", File(Ok.Replace("U8", "F4").Replace("[4]", "[7]"), 4), "do not fill whole bytes"),
        ("too few bytes", File(Ok.Replace("[4]", "[5]"), 4), "takes 5 bytes, but data_offsets are [0, 4]"),
        ("too many bytes", File(Ok.Replace("[4]", "[3]"), 4), "takes 3 bytes, but data_offsets are [0, 4]"),
        ("end before start", File(Ok.Replace("[0,4]", "[4,0]"), 4), "data_offsets are [4, 0]"),
        ("scalar of no bytes", File(Ok.Replace("[4]", "[]").Replace("[0,4]", "[0,0]"), 0), "U8 [] takes 1 bytes"),
        ("truncated data", File(Ok, 3), "tensor 'a' ends outside of the file"),
        ("data after the last tensor", File(Ok, 5), "1 bytes after the last tensor belong to no tensor"),
        ("data without tensors", File("{}", 1), "1 bytes after the last tensor"),
        ("hole at the start", File(Ok.Replace("[0,4]", "[1,5]"), 5), "1 bytes before tensor 'a' belong to no tensor"),
        ("hole in the middle", File($"{{{Tensor("a", "U8", "4", "0,4")},{Tensor("b", "U8", "4", "6,10")}}}", 10),
            "2 bytes before tensor 'b' belong to no tensor"),
        ("overlap", File($"{{{Tensor("a", "U8", "4", "0,4")},{Tensor("b", "U8", "4", "3,7")}}}", 7),
            "tensor 'b' overlaps tensor 'a'"),
        ("same bytes", File($"{{{Tensor("a", "U8", "4", "0,4")},{Tensor("b", "U8", "4", "0,4")}}}", 4), "overlaps"),
        ("empty tensor inside another",
            File($"{{{Tensor("a", "U8", "4", "0,4")},{Tensor("b", "U8", "0", "2,2")}}}", 4),
            "tensor 'b' overlaps tensor 'a'"),
        ("empty tensor far outside",
            File($"{{{Tensor("a", "U8", "0", "9223372036854775807,9223372036854775807")}}}", 0),
            "tensor 'a' ends outside of the file"),
        ("name with a line break", File("""{"x\ny":1}""", 0), """tensor 'x\u000ay' is not an object"""),
        ("very long name", File($"{{\"{new string('n', 10_000)}\":1}}", 0), "nnn...' is not an object"),
    ];

    public static TheoryData<string> Names => [.. Corpus.Select(entry => entry.What)];

    [Theory]
    [MemberData(nameof(Names))]
    public void AMalformedFileIsRefusedWithPathAndReason(string what)
    {
        (_, byte[] bytes, string message) = Corpus.Single(entry => entry.What == what);
        using var folder = new TemporaryDirectory();
        string path = folder.Write("model.safetensors", bytes);
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path));
        Assert.StartsWith(path + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.InRange(error.Message.Length, 1, path.Length + 600);

        // The parser alone gives the same message for the same bytes.
        var again = Assert.Throws<SafetensorsException>(
            () => SafetensorsHeader.Parse(bytes, bytes.Length, path));
        Assert.Equal(error.Message, again.Message);
    }

    [Fact]
    public void TheCorpusStartsFromAValidFile() =>
        Assert.Single(SafetensorsHeader.Parse(File(Ok, 4), 8 + Ok.Length + 4, "ok").Tensors);

    [Fact]
    public void AMissingFileAndAFolderAreNamed()
    {
        using var folder = new TemporaryDirectory();
        foreach (string path in new[] { folder.File("none.safetensors"), folder.Path })
        {
            var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path));
            Assert.StartsWith(path + ": cannot be read: ", error.Message, StringComparison.Ordinal);
        }
    }

    private static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();
}
