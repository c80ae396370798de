using System.Buffers.Binary;
using System.Text;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Peers;

/// <summary>The storage types of matrices, with their numbers in the GGUF format.</summary>
internal enum GgufType
{
    Float32 = 0,
    Q8 = 8, // blocks of 32: a scale in f16, and 32 signed bytes
    BFloat16 = 30,
}

/// <summary>
/// Writes a GGUF file (version 3) with random weights in the shape of a Qwen2 model, without a tokenizer. The time of a
/// step does not depend on the values of the weights.
/// </summary>
internal sealed class RandomGguf : IDisposable
{
    private const int Alignment = 32;
    private const int Q8Block = 32;
    private const int Q8BlockBytes = 34;

    private readonly BinaryWriter _writer;
    private readonly byte[] _values;
    private readonly byte[] _ones;
    private readonly GgufType _type;

    private RandomGguf(string path, GgufType type)
    {
        _writer = new BinaryWriter(new BufferedStream(File.Create(path), 1 << 20));
        _type = type;
        _values = Values(type);
        _ones = new byte[1 << 16];
        for (int i = 0; i < _ones.Length; i += sizeof(float))
            BinaryPrimitives.WriteSingleLittleEndian(_ones.AsSpan(i), 1);
    }

    /// <summary>Writes the file.</summary>
    public static void Write(string path, ModelConfig config, GgufType type)
    {
        using var file = new RandomGguf(path, type);
        file.Write(config);
    }

    public void Dispose() => _writer.Dispose();

    private void Write(ModelConfig config)
    {
        Tensor[] tensors = [.. Tensors(config)];
        (string Key, object Value)[] facts = [.. Facts(config)];
        _writer.Write("GGUF"u8);
        _writer.Write(3u);
        _writer.Write((ulong)tensors.Length);
        _writer.Write((ulong)facts.Length);
        foreach ((string key, object value) in facts) WriteFact(key, value);
        long offset = 0;
        foreach (Tensor tensor in tensors)
        {
            Write(tensor.Name);
            _writer.Write((uint)tensor.Sizes.Length);
            foreach (int size in tensor.Sizes) _writer.Write((ulong)size);
            _writer.Write((uint)TypeOf(tensor));
            _writer.Write((ulong)offset);
            offset += Aligned(BytesOf(tensor));
        }

        Align();
        foreach (Tensor tensor in tensors) WriteData(tensor);
    }

    private IEnumerable<(string Key, object Value)> Facts(ModelConfig config)
    {
        yield return ("general.architecture", "qwen2");
        yield return ("general.name", "random");
        yield return ("general.file_type", _type == GgufType.Q8 ? 7u : 32u);
        yield return ("tokenizer.ggml.model", "no_vocab");
        yield return ("qwen2.vocab_size", (uint)config.VocabularySize);
        yield return ("qwen2.block_count", (uint)config.LayerCount);
        yield return ("qwen2.context_length", (uint)config.MaxPositions);
        yield return ("qwen2.embedding_length", (uint)config.HiddenSize);
        yield return ("qwen2.feed_forward_length", (uint)config.IntermediateSize);
        yield return ("qwen2.attention.head_count", (uint)config.HeadCount);
        yield return ("qwen2.attention.head_count_kv", (uint)config.KvHeadCount);
        yield return ("qwen2.rope.freq_base", (float)config.RopeTheta);
        yield return ("qwen2.attention.layer_norm_rms_epsilon", config.RmsNormEpsilon);
    }

    /// <summary>The weights with their names in the format. The first dimension of a matrix is its inputs.</summary>
    private static IEnumerable<Tensor> Tensors(ModelConfig config)
    {
        int hidden = config.HiddenSize, mlp = config.IntermediateSize;
        int query = config.QuerySize, kv = config.KvSize;
        yield return new("token_embd.weight", hidden, config.VocabularySize);
        yield return new("output.weight", hidden, config.VocabularySize);
        yield return new("output_norm.weight", hidden);
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            string block = $"blk.{layer}.";
            yield return new(block + "attn_norm.weight", hidden);
            yield return new(block + "attn_q.weight", hidden, query);
            yield return new(block + "attn_q.bias", query);
            yield return new(block + "attn_k.weight", hidden, kv);
            yield return new(block + "attn_k.bias", kv);
            yield return new(block + "attn_v.weight", hidden, kv);
            yield return new(block + "attn_v.bias", kv);
            yield return new(block + "attn_output.weight", query, hidden);
            yield return new(block + "ffn_norm.weight", hidden);
            yield return new(block + "ffn_gate.weight", hidden, mlp);
            yield return new(block + "ffn_up.weight", hidden, mlp);
            yield return new(block + "ffn_down.weight", mlp, hidden);
        }
    }

    private void WriteFact(string key, object value)
    {
        Write(key);
        switch (value)
        {
            case string text:
                _writer.Write(8u);
                Write(text);
                break;
            case uint number:
                _writer.Write(4u);
                _writer.Write(number);
                break;
            case float number:
                _writer.Write(6u);
                _writer.Write(number);
                break;
            default:
                throw new ArgumentException($"{key} has a type that this writer does not support.");
        }
    }

    private void WriteData(Tensor tensor)
    {
        byte[] source = tensor.IsMatrix ? _values : _ones;
        for (long left = BytesOf(tensor); left > 0; left -= source.Length)
            _writer.Write(source.AsSpan(0, (int)Math.Min(left, source.Length)));
        Align();
    }

    /// <summary>Writes random values of moderate size, by repeating a block.</summary>
    private static byte[] Values(GgufType type)
    {
        var values = new byte[Q8BlockBytes << 15];
        new Random(1).NextBytes(values);
        if (type == GgufType.Q8)
        {
            for (int i = 0; i < values.Length; i += Q8BlockBytes)
                BinaryPrimitives.WriteHalfLittleEndian(values.AsSpan(i), (Half)0.0003f);
            return values;
        }

        for (int i = 1; i < values.Length; i += 2) values[i] = (byte)((values[i] & 0x80) | 0x3C); // about 0.01, signed
        return values;
    }

    private GgufType TypeOf(Tensor tensor) => tensor.IsMatrix ? _type : GgufType.Float32;

    private long BytesOf(Tensor tensor)
    {
        long count = tensor.Sizes.Aggregate(1L, (product, size) => product * size);
        return TypeOf(tensor) switch
        {
            GgufType.Q8 => count / Q8Block * Q8BlockBytes,
            GgufType.BFloat16 => count * 2,
            _ => count * sizeof(float),
        };
    }

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private void Align()
    {
        _writer.Flush();
        long position = _writer.BaseStream.Position;
        _writer.Write(new byte[Aligned(position) - position]);
    }

    private void Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        _writer.Write((ulong)bytes.Length);
        _writer.Write(bytes);
    }

    private readonly record struct Tensor(string Name, params int[] Sizes)
    {
        public bool IsMatrix => Sizes.Length == 2;
    }
}
