using System.Text;
using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>
/// Ranges of time with names, as a profiler that is attached by NVTX shows them, in a domain of their own. Opening and
/// closing them allocates nothing.
/// </summary>
internal sealed unsafe class NvtxRanges
{
    /// <summary>The domain.</summary>
    public const string Domain = "PlannedDiffusion";

    private static readonly Lazy<NvtxRanges?> Process =
        new(() => Attach(Environment.GetEnvironmentVariable(NvtxInjection.Variable)));

    private readonly nint _domain;

    private NvtxRanges()
    {
        fixed (byte* name = Native(Domain)) _domain = NvtxApi.nvtxDomainCreateA(name);
    }

    /// <summary>Those of the tool that this process was started under; null if there is none.</summary>
    public static NvtxRanges? OfProcess => Process.Value;

    /// <summary>Those of the tool in a library; null if none attaches.</summary>
    public static NvtxRanges? Attach(string? path) =>
        NvtxInjection.Attach(path) == NvtxAttachment.Attached ? new NvtxRanges() : null;

    /// <summary>Makes a name known.</summary>
    public NvtxName Register(string name)
    {
        byte[] text = Native(name);
        fixed (byte* first = text) return new NvtxName(text, NvtxApi.nvtxDomainRegisterStringA(_domain, first));
    }

    /// <summary>Opens a range in the last one that is open on this thread.</summary>
    public void Push(NvtxName name, long payload)
    {
        // A tool without registered names takes the text itself.
        fixed (byte* text = name.Text)
        {
            NvtxApi.nvtxDomainRangePushEx(_domain, name.Handle != 0
                ? new NvtxEventAttributes(NvtxEventAttributes.Registered, name.Handle, payload)
                : new NvtxEventAttributes(NvtxEventAttributes.Text, (nint)text, payload));
        }
    }

    /// <summary>Closes the last range that is open on this thread.</summary>
    public void Pop() => NvtxApi.nvtxDomainRangePop(_domain);

    /// <summary>Opens a range that has nothing to do with threads.</summary>
    /// <param name="name">Ends with a zero.</param>
    /// <param name="payload">A number beside it.</param>
    /// <returns>What to close it with.</returns>
    public ulong Start(ReadOnlySpan<byte> name, long payload)
    {
        fixed (byte* text = name)
        {
            return NvtxApi.nvtxDomainRangeStartEx(
                _domain, new NvtxEventAttributes(NvtxEventAttributes.Text, (nint)text, payload));
        }
    }

    /// <summary>Closes a range.</summary>
    public void End(ulong range) => NvtxApi.nvtxDomainRangeEnd(_domain, range);

    private static byte[] Native(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}

/// <summary>A name of ranges, made ahead.</summary>
/// <param name="Text">With a zero at its end.</param>
/// <param name="Handle">By which the tool knows it; 0 if it does not.</param>
internal sealed record NvtxName(byte[] Text, nint Handle);
