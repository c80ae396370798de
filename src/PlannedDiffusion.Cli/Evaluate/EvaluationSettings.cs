using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Files;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>
/// All settings that affect answers or times, by name. Two runs with the same settings may share a journal.
/// </summary>
internal sealed class EvaluationSettings
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Values => _values;

    public static EvaluationSettings Of(
        string modelFolder,
        IReadOnlyList<EvaluationPrompt> prompts,
        IReadOnlyList<EvaluationCell> cells,
        DecodingKnobs basis,
        int diffusionLength,
        string device,
        OriginReport origin)
    {
        var settings = new EvaluationSettings();
        settings.Add("model", CheckpointFingerprint.Of(modelFolder));
        settings.Add("prompts", $"{prompts.Count}, {PromptsHash(prompts)}");
        settings.Add("cells", string.Join(",", cells.Select(cell => cell.Name)));
        settings.Add("device", device);
        settings.Add("threads", origin.Threads);
        settings.Add("processor", origin.Processor);
        settings.Add("diffusion-length", diffusionLength);
        foreach (Knob knob in KnobTable.Fixed) settings.Add(knob.Option.TrimStart('-'), knob.Value(basis));
        return settings;
    }

    /// <summary>The differences from other settings, such as <c>seed was 0 and is 1</c>; empty if none.</summary>
    public IEnumerable<string> DifferencesFrom(IReadOnlyDictionary<string, string> others)
    {
        foreach (string name in _values.Keys.Union(others.Keys).Order(StringComparer.Ordinal))
        {
            string was = others.GetValueOrDefault(name, "not set"), now = _values.GetValueOrDefault(name, "not set");
            if (was != now) yield return $"{name} was {was} and is {now}";
        }
    }

    private void Add(string name, object? value)
    {
        string? text = Convert.ToString(value, CultureInfo.InvariantCulture);
        _values.Add(name, string.IsNullOrEmpty(text) ? "none" : text);
    }

    private static string PromptsHash(IReadOnlyList<EvaluationPrompt> prompts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (EvaluationPrompt prompt in prompts)
        {
            Append(hash, prompt.Instruction);
            Append(hash, prompt.InSentence ? "sentence" : "answer");
            foreach (string part in prompt.Facts?.SelectMany(fact => fact) ?? []) Append(hash, part);
        }

        return Text(hash);
    }

    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }

    private static string Text(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
}
