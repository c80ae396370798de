using System.Net;
using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Server.Errors;

namespace PlannedDiffusion.Server.Auth;

/// <summary>
/// Who may speak to the server at all. A web page elsewhere can make a name of its own point to this machine; then the
/// browser sends that name as the host, and the request is refused.
/// </summary>
/// <param name="hosts">Names besides those of the loopback; <c>*</c> for any.</param>
/// <param name="isOpen">True to answer requests from other machines without a key.</param>
internal sealed class Visitors(IEnumerable<string> hosts, bool isOpen)
{
    private readonly HashSet<string> _hosts = new(hosts.Select(Bare), StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ApiException">The host is none of this server's: 403.</exception>
    public void CheckHost(HttpContext http)
    {
        string host = Bare(http.Request.Host.Host);
        if (IsLoopback(host) || _hosts.Contains("*") || _hosts.Contains(host) || IsReached(http, host)) return;
        throw new ApiException(ApiError.Forbidden(
            "host_not_allowed", "The Host header names a host that this server was not told of."));
    }

    /// <exception cref="ApiException">Another machine's request, and no key is needed: 403.</exception>
    public void CheckOrigin(HttpContext http, ApiKeys keys)
    {
        if (keys.AreNeeded || isOpen || http.Connection.LocalIpAddress is not { } here || IPAddress.IsLoopback(here))
            return;
        throw new ApiException(ApiError.Forbidden(
            "key_not_configured", "The server has no API key, so it answers on the loopback alone."));
    }

    /// <summary>An address, not a name, and the one at which the request came in.</summary>
    private static bool IsReached(HttpContext http, string host) =>
        IPAddress.TryParse(host, out IPAddress? address)
        && http.Connection.LocalIpAddress is { } here
        && (here.Equals(address) || (here.IsIPv4MappedToIPv6 && here.MapToIPv4().Equals(address)));

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    private static string Bare(string host) => host.TrimStart('[').TrimEnd(']');
}
