using System.Diagnostics;
using System.Text;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Evaluate;

/// <summary>A run resumes after any end, without losing or repeating an answer.</summary>
public sealed class EvalResumeTests(CliModel model) : IClassFixture<CliModel>
{
    private const int Prompts = 120;

    private static readonly string[] Options =
    [
        "--decoders", "planned,ar", "--steps-ratio", "0.5", "--max-new-tokens", "60", "--max-plan-tokens", "8",
        "--threads", "1", "--temperature", "0.7", "--seed", "5",
    ];

    [Fact]
    public async Task AKilledRunResumesWithTheSameAnswers()
    {
        using var folder = new TemporaryDirectory();
        string prompts = await PromptsAsync(folder), killed = folder.File("killed"), whole = folder.File("whole");
        string journal = Path.Combine(killed, "journal.jsonl");
        string[] before;
        do // until it is killed in the middle: it may end before this process runs again
        {
            await KillAsync(prompts, killed);
            before = Lines(journal);
        }
        while (before.Length > 2 * Prompts);
        Assert.True(before.Length > 2);
        (await Run(prompts, killed)).AssertSuccess();
        (await Run(prompts, whole)).AssertSuccess();
        string[] after = Lines(journal);
        Assert.Equal(1 + (2 * Prompts), after.Length);
        Assert.Equal(before, after[..before.Length]); // none repeated, none changed
        Assert.Equal(Answers(whole), Answers(killed));
        Assert.Equal(2 * Prompts, Answers(killed).Distinct().Count());
    }

    [Theory]
    [InlineData("""{"cell":"ar","prompt":1,"outp""")]
    [InlineData("\0\0\0\0\0\n")]
    [InlineData("{\"cell\":\"ar\"}\n")]
    public async Task AnIncompleteLastLineIsComputedAgain(string torn)
    {
        using var folder = new TemporaryDirectory();
        string prompts = await PromptsAsync(folder, 3), to = folder.File("out");
        string journal = Path.Combine(to, "journal.jsonl");
        (await Run(prompts, to)).AssertSuccess();
        string[] expected = Answers(to), lines = Lines(journal);
        await File.WriteAllTextAsync(journal, string.Join('\n', lines[..4]) + '\n' + torn, Cancel);
        (await Run(prompts, to)).AssertSuccess();
        Assert.Equal(expected, Answers(to));
        Assert.Equal(lines[..4], Lines(journal)[..4]);
    }

    /// <summary>As an editor of another system saves it.</summary>
    [Fact]
    public async Task AByteOrderMarkAndOtherLineEndsAreAccepted()
    {
        using var folder = new TemporaryDirectory();
        string prompts = await PromptsAsync(folder, 3), to = folder.File("out");
        string journal = Path.Combine(to, "journal.jsonl");
        (await Run(prompts, to)).AssertSuccess();
        string[] expected = Answers(to);
        string text = (await File.ReadAllTextAsync(journal, Cancel)).ReplaceLineEndings("\r\n");
        await File.WriteAllTextAsync(journal, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), Cancel);
        (await Run(prompts, to)).AssertSuccess();
        Assert.Equal(expected, Answers(to));
        byte[] damaged = await File.ReadAllBytesAsync(journal, Cancel);
        damaged[damaged.AsSpan().IndexOf("\"prompt\":0"u8) + 1] = 0xFF;
        await File.WriteAllBytesAsync(journal, damaged, Cancel);
        (await Run(prompts, to)).AssertFails(Application.Failure, $"{journal}:2: ", "not valid UTF-8");
    }

    [Fact]
    public async Task AnIncompleteFirstLineRestartsTheRun()
    {
        using var folder = new TemporaryDirectory();
        string prompts = await PromptsAsync(folder, 1), to = folder.File("out");
        Directory.CreateDirectory(to);
        await File.WriteAllTextAsync(Path.Combine(to, "journal.jsonl"), "{\"kind\":\"pd-ev", Cancel);
        (await Run(prompts, to)).AssertSuccess();
        Assert.Equal(3, Lines(Path.Combine(to, "journal.jsonl")).Length);
    }

    [Fact]
    public async Task DamageInTheMiddleIsAnErrorThatNamesTheLine()
    {
        using var folder = new TemporaryDirectory();
        string prompts = await PromptsAsync(folder, 3), to = folder.File("out");
        string journal = Path.Combine(to, "journal.jsonl");
        (await Run(prompts, to)).AssertSuccess();
        string[] lines = Lines(journal);
        await File.WriteAllLinesAsync(journal, [.. lines[..2], "{", .. lines[3..]], Cancel);
        (await Run(prompts, to)).AssertFails(Application.Failure, $"{journal}:3: ");
        await File.WriteAllLinesAsync(journal, [.. lines[..3], lines[2], .. lines[3..]], Cancel);
        (await Run(prompts, to)).AssertFails(Application.Failure, $"{journal}:4: ", "twice");
        string older = lines[0].Replace("\"version\":2", "\"version\":1", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(journal, [older, .. lines[1..]], Cancel);
        (await Run(prompts, to)).AssertFails(Application.Usage, $"{journal} has version 1 of the journal");
        await File.WriteAllLinesAsync(journal, ["{}", .. lines[1..]], Cancel);
        (await Run(prompts, to)).AssertFails(Application.Failure, "not a journal of pd eval");
    }

    [Fact]
    public async Task ARunWithOtherSettingsIsNotResumed()
    {
        using var folder = new TemporaryDirectory();
        string prompts = await PromptsAsync(folder, 3), to = folder.File("out");
        (await Run(prompts, to)).AssertSuccess();
        (await Run(prompts, to, "--top-k", "7")).AssertFails(Application.Usage, "top-k was 0 and is 7");
        (await Run(prompts, to, "--limit", "2")).AssertFails(Application.Usage, "prompts was 3, ");
        (await Run(prompts, to, "--no-topics")).AssertFails(
            Application.Usage, "cells was planned-r0.5-temp0.7,ar-temp0.7 and is");
        byte[] weights = await File.ReadAllBytesAsync(model.File("model.safetensors"), Cancel);
        try
        {
            byte[] other = [.. weights];
            other[^1] ^= 1;
            await File.WriteAllBytesAsync(model.File("model.safetensors"), other, Cancel);
            (await Run(prompts, to)).AssertFails(Application.Usage, "model was ");
        }
        finally
        {
            await File.WriteAllBytesAsync(model.File("model.safetensors"), weights, Cancel);
        }

        (await Run(prompts, to)).AssertSuccess();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string[] Lines(string journal)
    {
        string text = File.ReadAllText(journal);
        return text[..text.LastIndexOf('\n')].Split('\n');
    }

    /// <summary>Everything about the answers but their times.</summary>
    private static string[] Answers(string folder) =>
    [
        .. from file in Directory.EnumerateFiles(Path.Combine(folder, "answers")).Order(StringComparer.Ordinal)
        from answer in JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray()
        select string.Join('|', answer.EnumerateObject()
            .Where(field => field.Name != "latency_seconds").Select(field => field.Value.ToString())),
    ];

    private static async Task<string> PromptsAsync(TemporaryDirectory folder, int count = Prompts)
    {
        string path = folder.File("prompts.jsonl");
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
            text.Append("{\"question\": \"What is number ").Append(i).Append("?\", \"facts\": [[\"a\"]]}\n");
        await File.WriteAllTextAsync(path, text.ToString(), Cancel);
        return path;
    }

    private Task<CliRun> Run(string prompts, string folder, params string[] args) =>
        CliRun.Of(["eval", prompts, "-o", folder, "-m", model.Path, .. Options, .. args]);

    /// <summary>Starts a new run and kills it after some answers.</summary>
    private async Task KillAsync(string prompts, string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        var some = new TaskCompletionSource();
        using var watcher = new FileSystemWatcher(folder, "journal.jsonl");
        watcher.Changed += (_, change) =>
        {
            if (new FileInfo(change.FullPath).Length > 4000) some.TrySetResult();
        };
        watcher.EnableRaisingEvents = true;
        using Process process = Start(prompts, folder);
        await Task.WhenAny(some.Task, process.WaitForExitAsync(Cancel));
        process.Kill(); // SIGKILL, which the process cannot handle
        await process.WaitForExitAsync(Cancel);
        Assert.True(process.ExitCode is 137 or Application.Success, $"it ended with {process.ExitCode}");
    }

    private Process Start(string prompts, string folder)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[
            Path.Combine(AppContext.BaseDirectory, "pd.dll"), "eval", prompts, "-o", folder, "-m", model.Path,
            .. Options])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
