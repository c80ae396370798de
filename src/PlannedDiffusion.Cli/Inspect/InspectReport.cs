using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Inspect;

/// <summary>The output of <c>pd inspect --json</c>.</summary>
internal sealed record InspectReport(
    string Model,
    ModelConfig Config,
    long ParameterCount,
    IReadOnlyList<FileReport> Files,
    IReadOnlyList<TensorReport> Tensors,
    MemoryReport Memory,
    IReadOnlyDictionary<string, int>? ControlTokens,
    IReadOnlyList<StopTokenReport>? StopTokens,
    ChatReport? Chat,
    int? TokenizerVocabulary,
    IReadOnlyList<string> Notes);

/// <summary>
/// A token that ends an answer, and the files that name it. The list of files is empty if only the convention of the
/// model family makes it one.
/// </summary>
internal sealed record StopTokenReport(int Id, string Content, IReadOnlyList<string> NamedBy);

/// <summary>The file of the chat template, and why the engine refuses it; null if it does not.</summary>
internal sealed record ChatReport(string Template, string? Problem);

internal sealed record FileReport(string Name, int Tensors, long Bytes);

internal sealed record TensorReport(string Name, string Type, long[] Shape, long Bytes, string File);

/// <summary>Memory for one sequence, in bytes.</summary>
internal sealed record MemoryReport(
    int Positions, int LogitsRows, long Weights, long KeyValuesPerPosition, long KeyValues, long Logits, long Total);
