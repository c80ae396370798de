using System.Security.Cryptography;
using System.Text;

namespace PlannedDiffusion.Fuzz;

/// <summary>Reads the corpus, then changed copies of it, and keeps each input that takes a new branch.</summary>
internal sealed class FuzzLoop : IDisposable
{
    private readonly FuzzTarget _target;
    private readonly string _current;
    private readonly Coverage _coverage = new();
    private readonly List<byte[]> _corpus = [];
    private readonly Random _random;
    private readonly Mutator _mutator;

    /// <param name="target">The reader of the inputs.</param>
    /// <param name="current">A file with the current input, in case this process dies.</param>
    /// <param name="seed">The seed of the random changes.</param>
    public FuzzLoop(FuzzTarget target, string current, int seed)
    {
        _target = target;
        _current = current;
        _random = new Random(seed);
        _mutator = new Mutator(_random, [.. target.Words.Select(Encoding.UTF8.GetBytes)]);
    }

    /// <summary>Number of inputs read so far.</summary>
    public long Inputs { get; private set; }

    /// <summary>Number of inputs that were accepted.</summary>
    public long Taken { get; private set; }

    public int Branches => _coverage.Branches;

    /// <summary>Number of inputs that took new branches.</summary>
    public int Kept => _corpus.Count;

    /// <summary>Reads a folder of inputs.</summary>
    public void ReadCorpus(string folder)
    {
        foreach (string path in Directory.GetFiles(folder).Order(StringComparer.Ordinal)) Try(File.ReadAllBytes(path));
        if (Kept == 0) throw new InvalidOperationException($"{folder} has no input that reaches any branch.");
    }

    /// <summary>Makes and reads the next input. If it takes a new branch, it is written into the folder.</summary>
    public void Step(string? keep)
    {
        byte[] input = _mutator.Mutate(Any(), Any());
        if (!Try(input) || keep is null) return;
        string name = Convert.ToHexStringLower(SHA256.HashData(input))[..16];
        File.WriteAllBytes(Path.Combine(keep, name), input);
    }

    public void Dispose() => _coverage.Dispose();

    private byte[] Any() => _corpus[_random.Next(_corpus.Count)];

    private bool Try(byte[] input)
    {
        File.WriteAllBytes(_current, input);
        _coverage.Clear();
        if (_target.Read(input)) Taken++;
        Inputs++;
        if (!_coverage.TakeNew()) return false;
        _corpus.Add(input);
        return true;
    }
}
