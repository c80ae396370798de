namespace PlannedDiffusion.Tokenization;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c> or <c>assistant</c>; what else a template takes.</param>
/// <param name="Content">What is said; tags in it stay text.</param>
public readonly record struct ChatMessage(string Role, string Content);
