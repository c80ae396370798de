namespace PlannedDiffusion.Server.Wire;

/// <summary>An error answer.</summary>
internal sealed record ErrorBody(ErrorDetail Error);

/// <summary>What went wrong; clients expect all four members.</summary>
/// <param name="Message">A sentence for people.</param>
/// <param name="Type">The kind of error.</param>
/// <param name="Param">The field of the request that is wrong; null for none.</param>
/// <param name="Code">A word for programs; null for none.</param>
internal sealed record ErrorDetail(string Message, string Type, string? Param, string? Code);
