using PlannedDiffusion.Tokenization.Templates;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// Turns a conversation into a prompt with the chat template of a checkpoint, written in Jinja, or with ChatML. Only
/// the template's own tags become control tokens. Role and content are encoded as plain text.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>The system message that ChatML adds to a conversation that does not start with one.</summary>
    public const string DefaultSystemPrompt = ChatTemplateSource.DefaultSystemPrompt;

    private static readonly string[] KnownRoles = ["system", "user", "assistant", "tool"];

    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplateSource? _source;
    private readonly Template? _template;

    /// <summary>
    /// ChatML, the template of a checkpoint that has none of its own:
    /// <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c>.
    /// </summary>
    /// <exception cref="TokenizerException">The vocabulary lacks the tags of ChatML.</exception>
    public ChatTemplate(Tokenizer tokenizer)
        : this(tokenizer, () => ChatTemplateSource.ChatMl)
    {
        ThrowIfRefused();
    }

    private ChatTemplate(Tokenizer tokenizer, Func<ChatTemplateSource> find)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        try
        {
            _source = find();
            if (_source == ChatTemplateSource.ChatMl) RequireTags(tokenizer);
            _template = Template.Parse(_source.Text);
        }
        catch (TemplateException e)
        {
            Problem = Located(e).Message;
        }
        catch (TokenizerException e)
        {
            Problem = e.Message;
        }
    }

    /// <summary>Where the template comes from: the name of its file, or <c>ChatML</c>.</summary>
    public string Origin => _source?.File ?? "unreadable";

    /// <summary>
    /// Why the template cannot be used, with file and line: it is malformed, or needs a feature that the engine does
    /// not support. Null if it can be used.
    /// </summary>
    public string? Problem { get; }

    /// <summary>
    /// The template of a checkpoint folder, from the first of these that has one: <c>chat_template.jinja</c>,
    /// <c>chat_template.json</c>, <c>tokenizer_config.json</c> (where it is a text, or a list in which it is named
    /// <c>default</c>); ChatML if none has. A template that cannot be used still loads; it refuses conversations only:
    /// see <see cref="Problem"/>.
    /// </summary>
    public static ChatTemplate Load(string directory, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return new ChatTemplate(tokenizer, () => ChatTemplateSource.Find(directory));
    }

    /// <summary>ChatML; its problem says if the vocabulary lacks the tags.</summary>
    internal static ChatTemplate ChatMl(Tokenizer tokenizer) => new(tokenizer, () => ChatTemplateSource.ChatMl);

    /// <summary>The ids of a conversation, in its order.</summary>
    /// <param name="messages">
    /// At least one. Before a first message that is not a system message, the template may add one of its own.
    /// </param>
    /// <param name="addGenerationPrompt">Adds the opening of the assistant's turn at the end.</param>
    /// <exception cref="ArgumentException">
    /// There is no message, one holds null, or the template refuses the conversation. The message quotes the template.
    /// </exception>
    /// <exception cref="TokenizerException">The template cannot be used; the message names file and line.</exception>
    public int[] Encode(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true) =>
        _tokenizer.EncodePieces(Render(messages, addGenerationPrompt));

    /// <summary>The text of a conversation. Each piece is either the template's or the caller's.</summary>
    internal TextPiece[] Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ThrowIfRefused();
        if (messages.Count == 0) throw new ArgumentException("A conversation needs a message.", nameof(messages));
        long characters = 0;
        for (int i = 0; i < messages.Count; i++)
        {
            (string role, string content) = messages[i];
            if (role is null) throw new ArgumentException($"messages[{i}].Role is null.", nameof(messages));
            if (content is null) throw new ArgumentException($"messages[{i}].Content is null.", nameof(messages));
            characters += (long)role.Length + content.Length;
        }

        try
        {
            TextPiece[] pieces = [.. _template!.Render(Variables(messages, addGenerationPrompt), characters).Pieces()];
            return pieces.Length > 0 ? pieces : throw new TemplateException("the template writes nothing");
        }
        catch (TemplateException e)
        {
            throw Located(e);
        }
    }

    private IEnumerable<(string, TemplateValue)> Variables(
        IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt) =>
    [
        .. _tokenizer.SpecialTokens.Select(token => (token.Key, (TemplateValue)TemplateText.Own(token.Value))),
        ("messages", new ListValue([.. messages.Select(Value)])),
        ("add_generation_prompt", BooleanValue.Of(addGenerationPrompt)),
        ("tools", NoneValue.Instance),
        ("documents", NoneValue.Instance),
    ];

    // The usual roles are trusted: some templates write their tags as '<|' + role + '|>'.
    private static MappingValue Value(ChatMessage message) => MappingValue.Of(
        ("role", TemplateText.Of(message.Role, trusted: KnownRoles.Contains(message.Role))),
        ("content", TemplateText.FromCaller(message.Content)));

    private TokenizerException Located(TemplateException problem)
    {
        string line = problem.Line == 0 ? "" : $"line {problem.Line}";
        string place = string.Join(", ", ((string[])[_source!.Field, line]).Where(part => part.Length > 0));
        return new TokenizerException(_source.File, place, problem.Message);
    }

    private void ThrowIfRefused()
    {
        if (Problem is not null) throw new TokenizerException(Problem);
    }

    private static void RequireTags(Tokenizer tokenizer)
    {
        foreach (string tag in (string[])["<|im_start|>", "<|im_end|>"])
        {
            if (tokenizer.AddedTokenId(tag) is null)
                throw new TokenizerException("tokenizer", "added tokens", $"a chat needs {tag}");
        }
    }
}
