using System.Globalization;
using System.Net;

namespace PlannedDiffusion.Hub;

/// <summary>What is asked for, and where: all that a message about a failure may say.</summary>
/// <param name="Model">The model.</param>
/// <param name="File">Its file; null for the listing.</param>
/// <param name="Address">Where it is asked for. Only the host goes into messages: the rest may be signed.</param>
internal sealed record HubTarget(ModelName Model, string? File, Uri Address)
{
    /// <summary>A failure that no other try can help.</summary>
    /// <param name="failure">Its kind.</param>
    /// <param name="problem">What the host does, as a verb and more.</param>
    /// <param name="status">The status of its answer.</param>
    /// <param name="inner">What was thrown.</param>
    public HubException Failed(
        HubFailure failure, string problem, HttpStatusCode? status = null, Exception? inner = null)
    {
        string file = File is null ? "" : $"{File}: ";
        return new HubException(failure, Model.ToString(), $"{file}{Address.Authority} {problem}", inner)
        {
            File = File,
            Host = Address.Host,
            Status = status,
        };
    }

    /// <summary>A failure that may pass.</summary>
    public TransientException Transient(
        string problem, HttpStatusCode? status = null, Exception? inner = null, TimeSpan? after = null) =>
        new(
            Failed(
                status == HttpStatusCode.TooManyRequests ? HubFailure.TooManyRequests : HubFailure.Unreachable,
                problem, status, inner),
            problem,
            after);

    /// <summary>A connection that broke, or was never made, or that the watch gave up.</summary>
    public TransientException Broken(Exception e, StallWatch watch, string problem) => Transient(
        watch.HasExpired
            ? string.Create(CultureInfo.InvariantCulture, $"brought nothing for {watch.Patience.TotalSeconds} s")
            : $"{problem}: {e.GetBaseException().Message}",
        inner: e);
}
