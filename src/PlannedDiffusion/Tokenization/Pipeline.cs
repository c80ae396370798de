namespace PlannedDiffusion.Tokenization;

/// <summary>
/// The only pipeline that the engine implements, as <c>tokenizer.json</c> spells it. Anything else in the file is
/// refused by name: a tokenizer with wrong ids is worse than none.
/// </summary>
internal static class Pipeline
{
    /// <summary>The pattern of the Qwen2 family. <see cref="PreTokenizer"/> matches it.</summary>
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        + @"|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static void Require(JsonField root)
    {
        RequireModel(root.Member("model"));
        RequirePreTokenizer(root.Member("pre_tokenizer"));
        foreach (string part in (string[])["decoder", "post_processor"])
        {
            if (root.Optional(part) is { } stage) RequireType(stage, "ByteLevel");
        }
    }

    public static bool Normalizes(JsonField root)
    {
        if (root.Optional("normalizer") is not { } normalizer) return false;
        RequireType(normalizer, "NFC");
        return true;
    }

    private static void RequireModel(JsonField model)
    {
        RequireType(model, "BPE");
        foreach (string name in (string[])["fuse_unk", "byte_fallback", "ignore_merges"])
            model.RequireFalse(name);
        foreach (string name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Optional(name) is { } affix && affix.Text().Length > 0) throw affix.Error("is not supported");
        }

        if (model.Optional("dropout") is { } dropout && !dropout.IsZero) throw dropout.Error("is not supported");
    }

    private static void RequirePreTokenizer(JsonField preTokenizer)
    {
        RequireType(preTokenizer, "Sequence");
        JsonField stages = preTokenizer.Member("pretokenizers");
        JsonField[] parts = [.. stages.Items()];
        if (parts.Length != 2) throw stages.Error($"has {parts.Length} parts; Split and ByteLevel are supported");
        RequireType(parts[0], "Split");
        JsonField pattern = parts[0].Member("pattern").Member("Regex");
        if (pattern.Text() != Pattern) throw pattern.Error($"unknown pattern {pattern.Text()}");
        JsonField behavior = parts[0].Member("behavior");
        if (behavior.Text() != "Isolated") throw behavior.Error($"{behavior.Text()} is not supported");
        parts[0].RequireFalse("invert");
        RequireType(parts[1], "ByteLevel");
        parts[1].RequireFalse("add_prefix_space");
        // The default of the format is true.
        if (parts[1].Flag("use_regex", otherwise: true)) throw parts[1].Error("use_regex is not supported");
    }

    private static void RequireType(JsonField stage, string expected)
    {
        JsonField type = stage.Member("type");
        if (type.Text() != expected) throw type.Error($"{type.Text()} is not supported, only {expected}");
    }
}
