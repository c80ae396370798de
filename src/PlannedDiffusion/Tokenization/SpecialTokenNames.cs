namespace PlannedDiffusion.Tokenization;

/// <summary>
/// The contents of the tokens that have a role in a checkpoint, by the role's name: what <c>bos_token</c>,
/// <c>eos_token</c> and the others mean in a chat template.
/// </summary>
internal static class SpecialTokenNames
{
    private static readonly string[] Roles =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>The roles that <c>tokenizer_config.json</c> fills, with the content of each.</summary>
    public static Dictionary<string, string> Read(JsonField config)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string role in Roles)
        {
            if (config.Optional(role) is { } token) names.Add(role, token.Content());
        }

        return names;
    }
}
