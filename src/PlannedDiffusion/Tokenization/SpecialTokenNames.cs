namespace PlannedDiffusion.Tokenization;

/// <summary>
/// The special tokens of a checkpoint. Some have a role, named <c>bos_token</c>, <c>eos_token</c> and so on, which chat
/// templates use.
/// </summary>
internal sealed class SpecialTokenNames
{
    private static readonly string[] RoleNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private static readonly string[] ListNames = ["additional_special_tokens", "extra_special_tokens"];

    /// <summary>The content of the token of each role that has one.</summary>
    public Dictionary<string, string> Roles { get; } = new(StringComparer.Ordinal);

    /// <summary>The contents of all special tokens, with or without a role.</summary>
    public HashSet<string> All { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads a file: <c>tokenizer_config.json</c>, or <c>special_tokens_map.json</c>.</summary>
    public void Read(JsonField file)
    {
        foreach (string role in RoleNames)
        {
            if (file.Optional(role) is not { } token) continue;
            Roles[role] = token.Content();
            All.Add(Roles[role]);
        }

        foreach (string name in ListNames)
        {
            // A list, or an object with a name for each.
            if (file.Optional(name) is not { } tokens) continue;
            IEnumerable<JsonField> items = tokens.IsList ? tokens.Items() : tokens.Members().Select(item => item.Value);
            foreach (JsonField token in items) All.Add(token.Content());
        }
    }
}
