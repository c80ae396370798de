using System.Text;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>
/// The answers so far, as JSON lines. Each is on the disk before the next one begins, so that an interruption loses at
/// most the answer in progress. An incomplete last line is removed, and its answer is made again.
/// </summary>
internal sealed class EvaluationJournal : IDisposable
{
    public const string FileName = "journal.jsonl";
    private const string Kind = "pd-eval";
    private const int Version = 2; // cell names of version 1 mean something else today

    private readonly FileStream _file;
    private readonly Dictionary<(string Cell, int Prompt), EvaluationAnswer> _answers = [];

    private EvaluationJournal(FileStream file) => _file = file;

    public IReadOnlyDictionary<(string Cell, int Prompt), EvaluationAnswer> Answers => _answers;

    /// <summary>Opens the journal of a folder, or creates it.</summary>
    /// <exception cref="UsageException">It belongs to a run with other settings. The message names them.</exception>
    /// <exception cref="InvalidDataException">It is damaged before its last line.</exception>
    /// <exception cref="IOException">Another process has it open.</exception>
    public static EvaluationJournal Open(string folder, EvaluationSettings settings)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, FileName);
        var journal = new EvaluationJournal(
            new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        try
        {
            journal.Load(path, settings);
        }
        catch
        {
            journal.Dispose();
            throw;
        }

        return journal;
    }

    /// <summary>Adds an answer and flushes it to the disk.</summary>
    public void Add(EvaluationAnswer answer)
    {
        WriteLine(JsonSerializer.Serialize(answer, EvaluationJson.Readable.EvaluationAnswer));
        _answers.Add((answer.Cell, answer.Prompt), answer);
    }

    public void Dispose() => _file.Dispose();

    private void Load(string path, EvaluationSettings settings)
    {
        var bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        int end = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        int at = 0, number = 0;
        while (at < end)
        {
            int length = bytes.AsSpan(at).IndexOf((byte)'\n') + 1;
            bool last = at + length == end;
            number++;
            try
            {
                string line = InputText.Decode(bytes.AsSpan(at, length - 1), "the line");
                if (number == 1) CheckHeader(path, line, settings);
                else Take(line);
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidDataException)
            {
                // Blocks of a file may reach the disk out of order: even a line with its line end may be incomplete.
                if (!last || number == 1)
                {
                    string problem = e is JsonException json ? Messages.Of(json).Problem : e.Message;
                    throw new InvalidDataException($"{path}:{number}: {problem}", e);
                }

                end = at;
            }

            at += length;
        }

        _file.SetLength(end);
        _file.Position = end;
        if (end == 0) WriteHeader(settings);
    }

    private void WriteHeader(EvaluationSettings settings) => WriteLine(JsonSerializer.Serialize(
        new EvaluationJournalHeader(Kind, Version, settings.Values), EvaluationJson.Readable.EvaluationJournalHeader));

    private static void CheckHeader(string path, string line, EvaluationSettings settings)
    {
        EvaluationJournalHeader? header = JsonSerializer.Deserialize(
            line, EvaluationJson.Default.EvaluationJournalHeader);
        if (header is not { Kind: Kind, Settings: not null })
            throw new FormatException("this is not a journal of pd eval");
        if (header.Version != Version)
        {
            throw new UsageException($"{path} has version {header.Version} of the journal, this pd writes {Version}, " +
                "and its cell names may have another meaning; choose another --out");
        }

        string[] differences = [.. settings.DifferencesFrom(header.Settings)];
        if (differences.Length > 0)
        {
            string list = string.Join("; ", differences);
            throw new UsageException($"{path} belongs to a run with other settings: {list}; choose another --out");
        }
    }

    private void Take(string line)
    {
        EvaluationAnswer? answer = JsonSerializer.Deserialize(line, EvaluationJson.Default.EvaluationAnswer);
        if (answer is not { Cell: not null, Output: not null, Stages: not null, Finish: not null })
            throw new FormatException("an answer lacks a field");
        if (!_answers.TryAdd((answer.Cell, answer.Prompt), answer))
            throw new FormatException($"{answer.Cell} answers prompt {answer.Prompt} twice");
    }

    private void WriteLine(string line)
    {
        // Line and line end in one write, flushed to the disk.
        _file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        _file.Flush(flushToDisk: true);
    }
}

/// <summary>The journal's first line.</summary>
internal sealed record EvaluationJournalHeader(
    string Kind, int Version, IReadOnlyDictionary<string, string> Settings);
