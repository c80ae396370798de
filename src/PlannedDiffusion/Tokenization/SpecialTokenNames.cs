namespace PlannedDiffusion.Tokenization;

/// <summary>
/// The tokens that have a role in a checkpoint, by the role's name: what <c>bos_token</c>, <c>eos_token</c> and the
/// others mean in a chat template; and all that are special, those without a role included.
/// </summary>
internal sealed class SpecialTokenNames
{
    private static readonly string[] RoleNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private static readonly string[] ListNames = ["additional_special_tokens", "extra_special_tokens"];

    /// <summary>Content of the token of each role that is filled.</summary>
    public Dictionary<string, string> Roles { get; } = new(StringComparer.Ordinal);

    /// <summary>Contents of all special tokens.</summary>
    public HashSet<string> All { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes what a file says: <c>tokenizer_config.json</c>, or <c>special_tokens_map.json</c>.</summary>
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
            // A list, or an object that gives each a name.
            if (file.Optional(name) is not { } tokens) continue;
            IEnumerable<JsonField> items = tokens.IsList ? tokens.Items() : tokens.Members().Select(item => item.Value);
            foreach (JsonField token in items) All.Add(token.Content());
        }
    }
}
