using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Models;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>What all pieces of an answer have in common.</summary>
/// <param name="Id">The answer.</param>
/// <param name="Created">When it began, in seconds since 1970.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Fingerprint">What, with the seed, decides the answer.</param>
internal sealed record WireIdentity(string Id, long Created, string Model, string Fingerprint)
{
    /// <summary>A new answer.</summary>
    public static WireIdentity New(
        string prefix, ServedModel model, PlannedDiffusionEngine engine, DateTimeOffset now) =>
        new($"{prefix}-{Guid.NewGuid():N}", now.ToUnixTimeSeconds(), model.Id, model.Fingerprint(engine));
}
