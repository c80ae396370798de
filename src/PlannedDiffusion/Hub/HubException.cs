using System.Net;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Hub;

/// <summary>
/// A model could not be found or fetched. The message is one line that begins with the model; it never has a token, nor
/// more of a URL than its host.
/// </summary>
public sealed class HubException : IOException
{
    /// <summary>A failure about a model.</summary>
    /// <param name="failure">What kind of failure it is.</param>
    /// <param name="model">The model, as it was named.</param>
    /// <param name="problem">What is wrong, for a person.</param>
    /// <param name="inner">What was thrown first.</param>
    public HubException(HubFailure failure, string model, string problem, Exception? inner = null)
        : base(MessageText.About(model, problem), inner)
    {
        Failure = failure;
        Model = model;
    }

    /// <summary>What kind of failure it is.</summary>
    public HubFailure Failure { get; }

    /// <summary>The model, as it was named.</summary>
    public string Model { get; }

    /// <summary>The repository's file that it is about, if it is about one.</summary>
    public string? File { get; init; }

    /// <summary>The host that answered, or did not; null if none was asked.</summary>
    public string? Host { get; init; }

    /// <summary>The status of its answer, if it answered.</summary>
    public HttpStatusCode? Status { get; init; }
}
