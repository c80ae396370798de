using System.Runtime.InteropServices;
using PlannedDiffusion.Files;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models;

/// <summary>Decides how to use files that contain more than the configuration says, and which notes to give.</summary>
internal static class CheckpointUse
{
    private const int CompareAtATime = 1 << 16;
    private const int MostNames = 3;

    /// <summary>
    /// The note for a tied checkpoint with its own head. Nothing is lost, so only an inspection shows it.
    /// </summary>
    public const string OwnHead = $"{ModelConfigFile.Name} says tie_word_embeddings, but the file's " +
        $"{WeightNames.LmHead} is not the embedding: the file's head is used";

    /// <summary>The configuration, corrected by the files, and notes about what is not used, a line each.</summary>
    public static (ModelConfig Config, List<string> Notes) Of(ModelConfig config, CheckpointFiles files)
    {
        var notes = new List<string>();
        // Fine-tuning can train the head and leave the flag as it was.
        if (config.TiedEmbeddings && HasOwnHead(config, files)) config = config with { TiedEmbeddings = false };
        string[] buffers = [.. files.Tensors.Keys.Where(IsRotaryBuffer)];
        if (buffers.Length > 0)
            notes.Add($"rotary frequencies come from {ModelConfigFile.Name}; not used: {List(buffers)}");
        if (files.UnusedFiles.Count > 0) notes.Add($"files of weights that are not used: {List(files.UnusedFiles)}");
        return (config, notes);
    }

    /// <summary>Old checkpoints store the rotary frequencies, which the engine computes from rope_theta.</summary>
    public static bool IsRotaryBuffer(string name) => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);

    private static bool HasOwnHead(ModelConfig config, CheckpointFiles files)
    {
        return Find(WeightNames.LmHead) is { } head && Find(WeightNames.Embedding) is { } embedding
            && !SameValues(head, embedding);

        // Another shape or an unknown type is refused later.
        WeightTensor? Find(string name) =>
            files.Tensors.TryGetValue(name, out StoredTensor stored) && stored.Info.Type.AsDType() is { } type
                && stored.Info.Shape.SequenceEqual(WeightNames.Head(config).Shape)
                ? new WeightTensor(name, type, config.VocabularySize, config.HiddenSize, stored.Data) : null;
    }

    private static bool SameValues(WeightTensor a, WeightTensor b)
    {
        float[] first = new float[CompareAtATime], second = new float[CompareAtATime];
        long count = (long)a.Rows * a.Columns;
        for (long done = 0; done < count; done += CompareAtATime)
        {
            int length = (int)Math.Min(CompareAtATime, count - done);
            WeightValues.ReadFloats(a, done, first.AsSpan(0, length));
            WeightValues.ReadFloats(b, done, second.AsSpan(0, length));
            Span<byte> bytes = MemoryMarshal.AsBytes(first.AsSpan(0, length));
            if (!bytes.SequenceEqual(MemoryMarshal.AsBytes(second.AsSpan(0, length)))) return false;
        }

        return true;
    }

    private static string List(IReadOnlyCollection<string> names)
    {
        string some = string.Join(", ", names.Take(MostNames).Select(MessageText.Quote));
        return names.Count > MostNames ? $"{some} and {names.Count - MostNames} more" : some;
    }
}
