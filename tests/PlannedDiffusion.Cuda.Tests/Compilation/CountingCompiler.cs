using System.Collections.Concurrent;
using System.Text;
using PlannedDiffusion.Cuda.Compilation;

namespace PlannedDiffusion.Cuda.Tests.Compilation;

/// <summary>A compiler whose images say what they were made from, and that counts them.</summary>
internal sealed class CountingCompiler(string version = "test-1.0") : IDeviceCompiler
{
    public string Version { get; } = version;

    /// <summary>One entry for each compilation.</summary>
    public ConcurrentQueue<string> Compiled { get; } = [];

    public byte[] Compile(KernelSource source, string architecture, IReadOnlyList<string> options)
    {
        string image = $"{Version} {source.Name} {source.Hash} {architecture} {string.Join(' ', options)}";
        Compiled.Enqueue(image);
        return Encoding.UTF8.GetBytes(image);
    }
}
