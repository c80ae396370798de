using System.Text.Json;
using PlannedDiffusion.Server.Errors;

namespace PlannedDiffusion.Server.Requests;

/// <summary>Strings of elements, which are decoded only when they are read.</summary>
internal static class WireText
{
    /// <exception cref="ApiException">It is no string, or no Unicode: half a pair of surrogates, say.</exception>
    public static string Of(JsonElement element, string place)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw ApiException.Invalid(place, $"{place} must be a string.");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid(place, $"{place} is not valid Unicode.");
        }
    }
}
