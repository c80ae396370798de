using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Nvrtc.Tests;

/// <summary>A kernel file and its options: a line of <c>kernels/variants.txt</c> for one element type.</summary>
internal sealed record KernelVariant(string File, KernelOptions Options)
{
    private const string BFloat16 = "ELEMENT_BF16", Float32 = "ELEMENT_F32";

    public static string ListPath => Repository.PathTo("kernels", "variants.txt");

    /// <summary>As the lists write it: <c>gemv.cu: ELEMENT_BF16 TILES=1</c>.</summary>
    public string Name => $"{File}: {string.Join(' ', Options.Arguments().Select(argument => argument[2..]))}";

    /// <summary>Every variant of every kernel file.</summary>
    public static IReadOnlyList<KernelVariant> All()
    {
        ILookup<string, string[]> lines = Lines().ToLookup(line => line.File, line => line.Words);
        return
        [
            .. from file in KernelSource.Files
               from words in lines[file].DefaultIfEmpty([])
               from options in OptionsOf(words)
               select new KernelVariant(file, options),
        ];
    }

    /// <summary>The files that the list names, with the defines of a variant each.</summary>
    public static IEnumerable<(string File, string[] Words)> Lines() =>
        from line in System.IO.File.ReadLines(ListPath)
        where line.Trim().Length > 0 && line[0] != '#'
        let parts = line.Split(':', 2)
        select (parts[0], parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<KernelOptions> OptionsOf(string[] words)
    {
        Dictionary<string, string> defines = words.Except([BFloat16, Float32])
            .Select(word => word.Split('=', 2))
            .ToDictionary(define => define[0], define => define[1]);
        if (!words.Contains(Float32)) yield return new KernelOptions(true, defines);
        if (!words.Contains(BFloat16)) yield return new KernelOptions(false, defines);
    }
}
