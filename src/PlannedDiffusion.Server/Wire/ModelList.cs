namespace PlannedDiffusion.Server.Wire;

/// <summary>The models of a server.</summary>
internal sealed record ModelList(IReadOnlyList<ModelObject> Data)
{
    public string Object { get; } = "list";
}

/// <summary>A model.</summary>
internal sealed record ModelObject(string Id, long Created)
{
    public string Object { get; } = "model";

    public string OwnedBy { get; } = "planned-diffusion";
}
