using System.Globalization;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>A plan on the command line: <c>definition:30,history:40</c>.</summary>
internal static class PlanOption
{
    public static IReadOnlyList<PlanItem> Parse(string text) => [.. text.Split(',').Select(Item)];

    private static PlanItem Item(string text)
    {
        int colon = text.LastIndexOf(':');
        string topic = colon < 0 ? "" : text[..colon].Trim();
        bool isNumber = int.TryParse(
            text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length);
        return topic.Length > 0 && isNumber && length > 0
            ? new PlanItem(topic, length)
            : throw new UsageException($"--plan '{text.Trim()}': expected topic:tokens, such as history:40");
    }
}
