using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using PlannedDiffusion.Server.Errors;

namespace PlannedDiffusion.Server.Requests;

/// <summary>
/// Reads the JSON body of a request, which is untrusted: bounded, and with errors that name the field.
/// </summary>
internal static class JsonBody
{
    /// <exception cref="ApiException">The body is too large, no JSON, or not of this type.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type, long limit)
        where T : class
    {
        if (!IsJson(http.Request.ContentType)) throw new ApiException(ApiError.NotJson());
        ReadOnlyMemory<byte> text = await BytesAsync(http, limit).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(text.Span, type)
                ?? throw ApiException.Invalid(null, "The body is null; it must be an object.");
        }
        catch (JsonException e)
        {
            throw Refused(e);
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));

    private static async Task<ReadOnlyMemory<byte>> BytesAsync(HttpContext http, long limit)
    {
        if (http.Request.ContentLength > limit) throw TooLarge(limit);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound)
            bound.MaxRequestBodySize = null; // counted here, so that the answer is ours on every server
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            int read = await http.Request.Body.ReadAsync(body.GetMemory(4096), http.RequestAborted)
                .ConfigureAwait(false);
            if (read == 0) return body.WrittenMemory;
            body.Advance(read);
            if (body.WrittenCount > limit) throw TooLarge(limit);
        }
    }

    private static ApiException TooLarge(long limit) => new(ApiError.BodyTooLarge(limit));

    private static ApiException Refused(JsonException e)
    {
        if (e.InnerException is JsonException) // the text itself is malformed
            return ApiException.Invalid(
                null, $"The body is not valid JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        string? field = e.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal)
            ? path[2..]
            : null;
        return ApiException.Invalid(
            field, field is null ? "The body must be a JSON object." : $"{field} has a value of the wrong type.");
    }
}
