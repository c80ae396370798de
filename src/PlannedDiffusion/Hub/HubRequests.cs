using System.Net;
using System.Net.Http.Headers;
using System.Reflection;

namespace PlannedDiffusion.Hub;

/// <summary>
/// Asks the hub, and follows where it leads. The token goes to the hub's own address and nowhere else.
/// </summary>
internal sealed class HubRequests : IDisposable
{
    private const int MostRedirections = 8;

    private static readonly string Agent = $"planned-diffusion-native/{typeof(HubRequests).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0"}";

    private readonly HttpMessageInvoker _http;
    private readonly HubTuning _tuning;
    private readonly Uri _endpoint;
    private readonly Lazy<string?> _token;

    /// <summary>Requests to a hub, which dispose of the handler with them.</summary>
    /// <param name="settings">The hub.</param>
    /// <param name="tuning">How long to wait.</param>
    /// <param name="handler">Sends them, and neither follows redirections nor unpacks.</param>
    public HubRequests(HubSettings settings, HubTuning tuning, HttpMessageHandler handler)
    {
        _http = new HttpMessageInvoker(handler);
        _tuning = tuning;
        _endpoint = settings.Endpoint;
        _token = new Lazy<string?>(() => HubToken.Of(settings));
    }

    /// <summary>The listing of a model's revision.</summary>
    public HubTarget Listing(ModelName model) => Target(
        model, null,
        $"api/models/{model.Owner}/{model.Name}/revision/{Uri.EscapeDataString(model.Revision)}");

    /// <summary>A file of a commit.</summary>
    public HubTarget File(ModelName model, string commit, string file) => Target(
        model, file, $"{model.Owner}/{model.Name}/resolve/{commit}/{Uri.EscapeDataString(file)}");

    /// <summary>Sends a request, and gives the answer if it is a success.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="target">What is asked for.</param>
    /// <param name="range">The bytes that are wanted; null for all.</param>
    /// <param name="isEnough">True for a redirection that need not be followed.</param>
    /// <param name="cancellation">Cancels the request and the reading of its body.</param>
    /// <exception cref="HubException">It is no success, and another try would not help.</exception>
    /// <exception cref="TransientException">It is no success, and another try might help.</exception>
    public async Task<HubAnswer> SendAsync(
        HttpMethod method, HubTarget target, RangeHeaderValue? range, Func<HttpResponseMessage, bool>? isEnough,
        CancellationToken cancellation)
    {
        var watch = new StallWatch(_tuning, cancellation);
        try
        {
            for (int hop = 0; hop <= MostRedirections; hop++)
            {
                HttpResponseMessage response = await SendOnceAsync(method, target, range, watch, cancellation)
                    .ConfigureAwait(false);
                var answer = new HubAnswer(response, watch, target, cancellation);
                bool moves = IsRedirection(response.StatusCode);
                if (response.IsSuccessStatusCode || (moves && isEnough?.Invoke(response) == true)) return answer;
                using (response)
                {
                    if (!moves) throw HubRefusals.Of(response, target, TokenFor(target) is not null, _tuning.Clock);
                    target = target with { Address = Next(target, response) };
                }
            }

            throw target.Failed(HubFailure.BadAnswer, $"leads elsewhere more than {MostRedirections} times");
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    public void Dispose() => _http.Dispose();

    private HubTarget Target(ModelName model, string? file, string path) =>
        new(model, file, new Uri($"{_endpoint.AbsoluteUri.TrimEnd('/')}/{path}"));

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, HubTarget target, RangeHeaderValue? range, StallWatch watch, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, target.Address);
        request.Headers.TryAddWithoutValidation("User-Agent", Agent);
        request.Headers.AcceptEncoding.ParseAdd("identity"); // lengths and checksums are those of the file
        request.Headers.Range = range;
        if (TokenFor(target) is { } token) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        try
        {
            watch.Restart();
            return await _http.SendAsync(request, watch.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw target.Broken(e, watch, "does not answer");
        }
    }

    private string? TokenFor(HubTarget target) =>
        Uri.Compare(
            target.Address, _endpoint, UriComponents.SchemeAndServer, UriFormat.Unescaped,
            StringComparison.OrdinalIgnoreCase) == 0
            ? _token.Value : null;

    private static bool IsRedirection(HttpStatusCode status) => status
        is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static Uri Next(HubTarget target, HttpResponseMessage response)
    {
        Uri? next = response.Headers.Location is { } location ? new Uri(target.Address, location) : null;
        bool isSafe = next?.Scheme == Uri.UriSchemeHttps
            || (next?.Scheme == Uri.UriSchemeHttp && target.Address.Scheme == Uri.UriSchemeHttp);
        return isSafe ? next! : throw target.Failed(
            HubFailure.BadAnswer, "leads to an address that is not followed", response.StatusCode);
    }
}
