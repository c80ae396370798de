using System.Runtime.InteropServices;
using System.Text;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Nvtx;

/// <summary>What a tool was told.</summary>
/// <param name="Kind">"push", "pop", "start" or "end".</param>
/// <param name="Thread">From 0, in the order in which threads were heard of.</param>
/// <param name="Domain">Empty without one.</param>
/// <param name="Name">With a # before it if it was registered.</param>
/// <param name="Number">The payload; at an end, which range it is, from 1.</param>
internal sealed record NvtxEvent(string Kind, int Thread, string Domain, string Name, long Number)
{
    public static NvtxEvent[] Read(string lines) =>
    [
        .. from line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
           let fields = line.Split('\t')
           select new NvtxEvent(fields[0], int.Parse(fields[1]), fields[2], fields[3], long.Parse(fields[4])),
    ];
}

/// <summary>The tools of <c>tests/nvtx_recorder</c>, which write down what they are told.</summary>
internal sealed unsafe class NvtxRecorder
{
    private readonly delegate* unmanaged<byte*, nuint, nuint> _take;

    /// <summary>Attaches a tool to this process; tests where it was not built are skipped.</summary>
    public NvtxRecorder(string name = "nvtx_recorder")
    {
        string path = PathOf(name);
        Ranges = NvtxRanges.Attach(path) ?? throw new InvalidOperationException($"{path} does not attach.");
        _take = (delegate* unmanaged<byte*, nuint, nuint>)NativeLibrary.GetExport(
            NativeLibrary.Load(path), "nvtx_recorder_take");
        Take();
    }

    /// <summary>For a runner's options.</summary>
    public NvtxRanges Ranges { get; }

    /// <summary>The library of a tool.</summary>
    public static string PathOf(string name)
    {
        string path = Repository.PathTo("build", "tests", "nvtx_recorder", $"lib{name}.so");
        Assert.SkipUnless(File.Exists(path), $"CMake has not built {path}.");
        return path;
    }

    /// <summary>What it was told since the last time.</summary>
    public NvtxEvent[] Take()
    {
        var text = new byte[1 << 20];
        fixed (byte* first = text)
        {
            int length = (int)_take(first, (nuint)text.Length);
            Assert.InRange(length, 0, text.Length);
            return NvtxEvent.Read(Encoding.UTF8.GetString(text, 0, length));
        }
    }
}
