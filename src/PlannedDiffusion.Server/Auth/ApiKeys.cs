using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Server.Errors;

namespace PlannedDiffusion.Server.Auth;

/// <summary>
/// Secrets that a request must bring as a bearer token. All of them are compared, each by its hash and in constant
/// time, so that the time of an answer tells nothing.
/// </summary>
internal sealed class ApiKeys
{
    private const string Scheme = "Bearer ";
    private readonly byte[][] _hashes;

    /// <param name="keys">The secrets; none for a server that asks for none.</param>
    public ApiKeys(IEnumerable<string> keys) => _hashes = [.. keys.Select(Hash)];

    /// <summary>True if a request must bring a key.</summary>
    public bool AreNeeded => _hashes.Length > 0;

    /// <summary>Which key a request brings: a name that is no secret. Null if none is needed.</summary>
    /// <exception cref="ApiException">It brings none, or a wrong one: 401.</exception>
    public string? Check(HttpRequest request)
    {
        if (!AreNeeded) return null;
        string header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw new ApiException(ApiError.BadKey("No API key: send it as Authorization: Bearer KEY."));
        byte[] given = Hash(header[Scheme.Length..].Trim());
        int found = -1;
        for (int i = 0; i < _hashes.Length; i++)
        {
            if (CryptographicOperations.FixedTimeEquals(_hashes[i], given)) found = i;
        }

        return found >= 0
            ? string.Create(CultureInfo.InvariantCulture, $"key {found}")
            : throw new ApiException(ApiError.BadKey("The API key is not one of this server's."));
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
