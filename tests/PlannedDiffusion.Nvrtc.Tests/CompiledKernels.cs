using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Nvrtc.Tests;

/// <summary>What a kernel of a compiled variant takes.</summary>
/// <param name="Kernel">Its name.</param>
/// <param name="Registers">Of a thread.</param>
/// <param name="SharedBytes">Static shared memory of a block, with what the system takes of it.</param>
/// <param name="SpilledBytes">Local memory of a thread: registers that were spilled, and arrays.</param>
internal sealed record KernelResources(string Kernel, int Registers, int SharedBytes, int SpilledBytes);

/// <summary>Every variant of every kernel, compiled once for all tests; what failed is kept to be reported.</summary>
public sealed partial class CompiledKernels
{
    /// <summary>Not empty: the file to write the table to.</summary>
    private const string TableVariable = "PD_KERNEL_TABLE";

    /// <summary>The oldest devices that we support, and those that the kernels were tuned for.</summary>
    internal static readonly string[] Architectures = ["sm_80", "sm_90"];

    private readonly ConcurrentDictionary<(string Variant, string Architecture), KernelResources[]> _resources = [];
    private readonly ConcurrentQueue<string> _failures = [];

    public CompiledKernels()
    {
        Toolchain = Toolchain.Find();
        if (Toolchain is null) return;
        Variants = KernelVariant.All();
        var all = from variant in Variants from architecture in Architectures select (variant, architecture);
        using var folder = new TemporaryDirectory();
        Parallel.ForEach(all, one => Compile(one.variant, one.architecture, folder.File(Path.GetRandomFileName())));
        if (Environment.GetEnvironmentVariable(TableVariable) is { Length: > 0 } path)
            File.WriteAllLines(path, Table());
    }

    internal Toolchain? Toolchain { get; }

    internal IReadOnlyList<KernelVariant> Variants { get; } = [];

    /// <summary>What did not compile, with the compiler's log.</summary>
    internal IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Empty for what did not compile.</summary>
    internal IReadOnlyList<KernelResources> Of(KernelVariant variant, string architecture) =>
        _resources.GetValueOrDefault((variant.Name, architecture), []);

    private void Compile(KernelVariant variant, string architecture, string file)
    {
        try
        {
            KernelSource source = KernelSource.Embedded(variant.File);
            File.WriteAllBytes(file, Toolchain!.Kernels.Image(source, variant.Options, architecture).Image);
            _resources[(variant.Name, architecture)] =
                [.. Parse(Toolchain.Dump("--dump-resource-usage", file)).OrderBy(found => found.Kernel)];
        }
        catch (KernelCompilationException e)
        {
            _failures.Enqueue($"{variant.Name} for {architecture}: {e.Message}");
        }
    }

    private static IEnumerable<KernelResources> Parse(string dump)
    {
        foreach (Match match in Usage().Matches(dump))
        {
            yield return new KernelResources(
                match.Groups["name"].Value, Number("registers"), Number("shared"), Number("stack") + Number("local"));

            int Number(string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
        }
    }

    private IEnumerable<string> Table()
    {
        yield return $"Registers of a thread, static shared bytes of a block, spilled bytes of a thread; " +
            Toolchain!.Compiler.Version;
        yield return Line("", [.. Architectures.Select(name => $"{name,18}")]);
        foreach (KernelVariant variant in Variants)
        {
            foreach (string kernel in Architectures.SelectMany(name => Of(variant, name)).Select(one => one.Kernel)
                .Distinct())
            {
                string[] cells = [.. Architectures.Select(
                    name => Cell(Of(variant, name).FirstOrDefault(one => one.Kernel == kernel)))];
                yield return Line($"{kernel} {string.Join(' ', variant.Name.Split(' ')[1..])}", cells);
            }
        }

        static string Line(string name, string[] cells) => $"{name,-72}{string.Concat(cells)}".TrimEnd();

        static string Cell(KernelResources? one) =>
            one is null ? $"{"fails",18}" : $"{one.Registers,6}{one.SharedBytes,7}{one.SpilledBytes,5}";
    }

    [GeneratedRegex(
        @"Function (?<name>\w+):\s+REG:(?<registers>\d+) STACK:(?<stack>\d+) " +
        @"SHARED:(?<shared>\d+) LOCAL:(?<local>\d+)")]
    private static partial Regex Usage();
}
