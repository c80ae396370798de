namespace PlannedDiffusion.Tokenization;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c> or <c>assistant</c>; any text is encoded.</param>
/// <param name="Content">What is said; tags in it stay text.</param>
public readonly record struct ChatMessage(string Role, string Content);

/// <summary>
/// ChatML: <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c>. Only the template's own tags are control tokens;
/// role and content are encoded as plain text.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>The system message of a conversation that does not start with one.</summary>
    public const string DefaultSystemPrompt = "You are a helpful assistant.";

    private readonly Tokenizer _tokenizer;
    private readonly int _start;
    private readonly int _end;

    /// <summary>The template of a vocabulary.</summary>
    /// <exception cref="TokenizerException">The vocabulary lacks the tags of ChatML.</exception>
    public ChatTemplate(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _start = Tag("<|im_start|>");
        _end = Tag("<|im_end|>");
    }

    /// <summary>The ids of a conversation, in its order.</summary>
    /// <param name="messages">At least one; before a first one that is no system message comes the default.</param>
    /// <param name="addGenerationPrompt">Ends with the opening of the assistant's turn.</param>
    public int[] Encode(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Count == 0) throw new ArgumentException("A conversation needs a message.", nameof(messages));
        var ids = new List<int>();
        if (messages[0].Role != "system") Append(ids, new ChatMessage("system", DefaultSystemPrompt));
        foreach (ChatMessage message in messages) Append(ids, message);
        if (addGenerationPrompt)
        {
            ids.Add(_start);
            _tokenizer.Encode("assistant\n", ids);
        }

        return [.. ids];
    }

    // Role and content are one text, so that a merge may reach across the line end between them, as in training.
    private void Append(List<int> ids, ChatMessage message)
    {
        ids.Add(_start);
        _tokenizer.Encode($"{message.Role}\n{message.Content}", ids);
        ids.Add(_end);
        _tokenizer.Encode("\n", ids);
    }

    private int Tag(string content) => _tokenizer.AddedTokenId(content)
        ?? throw new TokenizerException("tokenizer", "added tokens", $"a chat needs {content}");
}
