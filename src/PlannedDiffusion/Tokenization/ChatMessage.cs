namespace PlannedDiffusion.Tokenization;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">
/// Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, or another role that the template knows.
/// </param>
/// <param name="Content">What is said. Tags in it stay text.</param>
public readonly record struct ChatMessage(string Role, string Content);
