using System.Globalization;

namespace PlannedDiffusion.Hub;

/// <summary>One download of a model, from the listing to the links of its snapshot.</summary>
internal sealed class ModelPull(
    HubRequests requests, HubTuning tuning, PullMeter meter, RepositoryFolder repository, ModelName model)
{
    private const int HeadsAtOnce = 4;
    private const string LinkedTag = "X-Linked-Etag", LinkedSize = "X-Linked-Size";

    /// <summary>Fetches what is missing; gives the snapshot's folder.</summary>
    public async Task<string> RunAsync(string cache, CancellationToken cancellation)
    {
        ModelListing listing = await ListAsync(cancellation).ConfigureAwait(false);
        IReadOnlyList<string> names = WantedFiles.Of(listing, model);
        List<RemoteFile> files = [.. await DescribeAsync(listing, names, cancellation).ConfigureAwait(false)];
        if (files.Find(file => file.Name == WantedFiles.IndexName) is { } index)
        {
            RequireRoom(cache, listing, [index]);
            string path = await FetchAsync(listing, index, cancellation).ConfigureAwait(false);
            files.AddRange(await DescribeAsync(listing, WantedFiles.Shards(path, model), cancellation)
                .ConfigureAwait(false));
            files.Remove(index);
            RequireRoom(cache, listing, files);
            files.Add(index);
        }
        else RequireRoom(cache, listing, files);

        foreach (RemoteFile file in files.Where(file => file.Name != WantedFiles.IndexName))
            await FetchAsync(listing, file, cancellation).ConfigureAwait(false);
        return repository.Link(listing.Commit, files);
    }

    private async Task<ModelListing> ListAsync(CancellationToken cancellation)
    {
        HubTarget target = requests.Listing(model);
        byte[] json = await new Attempts(tuning with { Attempts = tuning.FirstAttempts }, meter).RunAsync(
            async () =>
            {
                using HubAnswer answer = await requests.SendAsync(HttpMethod.Get, target, null, null, cancellation)
                    .ConfigureAwait(false);
                return await answer.ReadAllAsync(ModelListing.MaxBytes).ConfigureAwait(false);
            },
            cancellation).ConfigureAwait(false);
        try
        {
            return ModelListing.Parse(json);
        }
        catch (InvalidDataException e)
        {
            throw target.Failed(HubFailure.BadAnswer, $"answers {e.Message}", inner: e);
        }
    }

    private async Task<RemoteFile[]> DescribeAsync(
        ModelListing listing, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var files = new RemoteFile[names.Count];
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = HeadsAtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(0, names.Count, atOnce, async (i, cancelled) =>
        {
            HubTarget target = requests.File(model, listing.Commit, names[i]);
            files[i] = await new Attempts(tuning, meter).RunAsync(
                async () =>
                {
                    using HubAnswer answer = await requests.SendAsync(
                        HttpMethod.Head, target, null, SaysAll, cancelled).ConfigureAwait(false);
                    return Described(answer, target);
                },
                cancelled).ConfigureAwait(false);
        }).ConfigureAwait(false);
        meter.Expect(files);
        return files;
    }

    // The hub says of a large file what it is before it leads to the host that has it.
    private static bool SaysAll(HttpResponseMessage response) =>
        Header(response, LinkedTag) is not null && Header(response, LinkedSize) is not null;

    private static RemoteFile Described(HubAnswer answer, HubTarget target)
    {
        HttpResponseMessage response = answer.Response;
        string? tag = Header(response, LinkedTag) ?? Header(response, "ETag");
        string checksum = RemoteFile.ChecksumIn(tag)
            ?? throw target.Failed(HubFailure.BadAnswer, "gives no checksum of it", response.StatusCode);
        long? size = Header(response, LinkedSize) is not { } told ? response.Content.Headers.ContentLength
            : long.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null;
        return new RemoteFile(
            target.File!, checksum,
            size ?? throw target.Failed(HubFailure.BadAnswer, "does not say how long it is", response.StatusCode));
    }

    // Not by the typed properties: some hubs send tags without quotes.
    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out System.Net.Http.Headers.HeaderStringValues values)
            ? values.FirstOrDefault() : null;

    private void RequireRoom(string cache, ModelListing listing, IEnumerable<RemoteFile> files)
    {
        long need = files.Where(file => !repository.IsCopied(listing.Commit, file))
            .Sum(file => BlobDownload.Missing(file, repository));
        Directory.CreateDirectory(cache);
        if (tuning.FreeSpace(cache) is { } free && free < need)
        {
            throw new HubException(
                HubFailure.DiskSpace, model.ToString(),
                $"{Amount(need)} are to be fetched, and the disk of {cache} has room for {Amount(free)}");
        }
    }

    private static string Amount(long bytes) => bytes switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
    };

    private async Task<string> FetchAsync(ModelListing listing, RemoteFile file, CancellationToken cancellation)
    {
        meter.Start(file);
        if (repository.IsCopied(listing.Commit, file))
        {
            meter.Add(file.Size);
            return repository.File(listing.Commit, file.Name);
        }

        var source = new FileSource(requests, requests.File(model, listing.Commit, file.Name), file);
        await new BlobDownload(source, repository, meter, tuning).RunAsync(cancellation).ConfigureAwait(false);
        return repository.Blob(file.Checksum);
    }
}
