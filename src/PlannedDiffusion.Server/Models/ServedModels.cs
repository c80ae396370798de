using PlannedDiffusion.Server.Errors;

namespace PlannedDiffusion.Server.Models;

/// <summary>All models of a server; the first one answers requests that name none.</summary>
internal sealed class ServedModels(IReadOnlyList<ServedModel> all)
{
    /// <summary>The models, in the order in which they were named.</summary>
    public IReadOnlyList<ServedModel> All => all;

    /// <summary>The model with a name.</summary>
    /// <exception cref="ApiException">There is none: 404.</exception>
    public ServedModel Find(string? id)
    {
        if (id is null) return all[0];
        return all.FirstOrDefault(model => model.Id == id) ?? throw new ApiException(ApiError.NoSuchModel(id));
    }
}
