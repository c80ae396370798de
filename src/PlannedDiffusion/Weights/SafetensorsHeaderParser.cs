using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using static PlannedDiffusion.Files.MessageText;

namespace PlannedDiffusion.Weights;

/// <summary>Reads the JSON of a header token by token. The header itself checks what needs the whole file.</summary>
internal ref struct SafetensorsHeaderParser
{
    // Levels: header, tensor, list. The reader refuses a deeper document at once.
    private const int MaxDepth = 3;
    private const int MaxRank = 64;

    private readonly HashSet<string> _names = [];
    private readonly long _dataStart;
    private readonly string _source;
    private Utf8JsonReader _json;

    public SafetensorsHeaderParser(ReadOnlySpan<byte> json, long dataStart, string source)
    {
        _json = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        _dataStart = dataStart;
        _source = source;
    }

    public List<TensorInfo> Tensors { get; } = [];

    public Dictionary<string, string> Metadata { get; } = [];

    public void Run()
    {
        _json.Read();
        while (Next() != JsonTokenType.EndObject)
        {
            string name = _json.GetString()!;
            if (!_names.Add(name)) Fail($"tensor {Quote(name)} appears twice");
            if (name == "__metadata__") ReadMetadata();
            else ReadTensor(name);
        }

        // Spaces may follow, anything else may not: the reader throws.
        _json.Read();
    }

    private JsonTokenType Next()
    {
        _json.Read();
        return _json.TokenType;
    }

    private void ReadMetadata()
    {
        if (Next() != JsonTokenType.StartObject) Fail("__metadata__ is not an object");
        while (Next() != JsonTokenType.EndObject)
        {
            string key = _json.GetString()!;
            if (Next() != JsonTokenType.String)
                Fail($"__metadata__ {Quote(key)} is not a string");
            if (!Metadata.TryAdd(key, _json.GetString()!))
                Fail($"__metadata__ {Quote(key)} appears twice");
        }
    }

    private void ReadTensor(string name)
    {
        if (Next() != JsonTokenType.StartObject) Fail($"tensor {Quote(name)} is not an object");
        StoredType? type = null;
        long[]? shape = null, offsets = null;
        while (Next() != JsonTokenType.EndObject)
        {
            string field = _json.GetString()!;
            bool again = field switch
            {
                "dtype" => type is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => Fail<bool>($"tensor {Quote(name)} has an unknown field {Quote(field)}"),
            };
            if (again) Fail($"tensor {Quote(name)} has {field} twice");
            Next();
            if (field == "dtype") type = ReadType(name);
            else if (field == "shape") shape = ReadNumbers(name, field, MaxRank);
            else offsets = ReadNumbers(name, field, 2);
        }

        if (type is null) Fail($"tensor {Quote(name)} has no dtype");
        if (shape is null) Fail($"tensor {Quote(name)} has no shape");
        if (offsets is not [long start, long end])
            throw Failure($"tensor {Quote(name)} has no data_offsets of two numbers");
        Add(name, type.Value, shape, start, end);
    }

    private void Add(string name, StoredType type, long[] shape, long start, long end)
    {
        long bytes;
        try
        {
            bytes = type.ByteCount(shape);
        }
        catch (Exception e) when (e is OverflowException or ArgumentException)
        {
            throw Failure($"tensor {Quote(name)} of {type} {TensorInfo.ShapeToText(shape)} has no size: {e.Message}");
        }

        if (end < start || end - start != bytes)
        {
            Fail($"tensor {Quote(name)} of {type} {TensorInfo.ShapeToText(shape)} takes {bytes} bytes, " +
                $"but data_offsets are [{start}, {end}]");
        }

        if (end > long.MaxValue - _dataStart) Fail($"tensor {Quote(name)} ends outside of the file");
        Tensors.Add(new TensorInfo(name, type, shape, _dataStart + start, bytes));
    }

    private readonly StoredType ReadType(string tensor)
    {
        if (_json.TokenType != JsonTokenType.String) Fail($"dtype of tensor {Quote(tensor)} is not a string");
        string name = _json.GetString()!;
        return StoredTypes.TryParse(name, out StoredType type)
            ? type
            : Fail<StoredType>($"tensor {Quote(tensor)} has the unknown dtype {Quote(name)}");
    }

    private long[] ReadNumbers(string tensor, string field, int most)
    {
        if (_json.TokenType != JsonTokenType.StartArray) Fail($"{field} of tensor {Quote(tensor)} is not a list");
        var numbers = new List<long>();
        while (Next() != JsonTokenType.EndArray)
        {
            // The text is checked for a sign, because -0 would be read as 0.
            bool whole = _json.TokenType == JsonTokenType.Number && _json.ValueSpan[0] != (byte)'-';
            if (!whole || !_json.TryGetInt64(out long number))
            {
                string text = Quote(Encoding.UTF8.GetString(_json.ValueSpan));
                throw Failure($"{field} of tensor {Quote(tensor)} holds {text}, which is no whole number below 2^63");
            }

            if (numbers.Count == most) Fail($"{field} of tensor {Quote(tensor)} has more than {most} numbers");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private readonly SafetensorsException Failure(string problem) => new(_source, problem);

    [DoesNotReturn]
    private readonly void Fail(string problem) => throw Failure(problem);

    [DoesNotReturn]
    private readonly T Fail<T>(string problem) => throw Failure(problem);
}
