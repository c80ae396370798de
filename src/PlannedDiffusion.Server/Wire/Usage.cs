namespace PlannedDiffusion.Server.Wire;

/// <summary>The numbers of tokens of an answer.</summary>
internal sealed record Usage(
    int PromptTokens, int CompletionTokens, int TotalTokens, PromptTokensDetails PromptTokensDetails,
    CompletionTokensDetails CompletionTokensDetails);

/// <summary>Details of the prompt.</summary>
internal sealed record PromptTokensDetails(int CachedTokens);

/// <summary>Details of the answer; the tokens of plans are its reasoning.</summary>
internal sealed record CompletionTokensDetails(int ReasoningTokens);
