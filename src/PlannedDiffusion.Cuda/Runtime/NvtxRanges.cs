using System.Text;
using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>
/// Named ranges of time for a profiler that is attached through NVTX, in a domain of their own. Opening and closing a
/// range allocates nothing.
/// </summary>
internal sealed unsafe class NvtxRanges
{
    /// <summary>The name of the domain.</summary>
    public const string Domain = "PlannedDiffusion";

    private static readonly Lazy<NvtxRanges?> Process =
        new(() => Attach(Environment.GetEnvironmentVariable(NvtxInjection.Variable)));

    private readonly nint _domain;

    private NvtxRanges()
    {
        fixed (byte* name = Native(Domain)) _domain = NvtxApi.nvtxDomainCreateA(name);
    }

    /// <summary>The ranges for the profiler that started this process; null if there is none.</summary>
    public static NvtxRanges? OfProcess => Process.Value;

    /// <summary>The ranges for the profiler in a library; null if it does not attach.</summary>
    public static NvtxRanges? Attach(string? path) =>
        NvtxInjection.Attach(path) == NvtxAttachment.Attached ? new NvtxRanges() : null;

    /// <summary>Registers a name.</summary>
    public NvtxName Register(string name)
    {
        byte[] text = Native(name);
        fixed (byte* first = text) return new NvtxName(text, NvtxApi.nvtxDomainRegisterStringA(_domain, first));
    }

    /// <summary>Opens a range inside the innermost open range of this thread.</summary>
    public void Push(NvtxName name, long payload)
    {
        // A tool that does not register names takes the text.
        fixed (byte* text = name.Text)
        {
            NvtxApi.nvtxDomainRangePushEx(_domain, name.Handle != 0
                ? new NvtxEventAttributes(NvtxEventAttributes.Registered, name.Handle, payload)
                : new NvtxEventAttributes(NvtxEventAttributes.Text, (nint)text, payload));
        }
    }

    /// <summary>Closes the innermost open range of this thread.</summary>
    public void Pop() => NvtxApi.nvtxDomainRangePop(_domain);

    /// <summary>Opens a range that is independent of threads.</summary>
    /// <param name="name">The name, with a final zero byte.</param>
    /// <param name="payload">A number that the profiler shows with the range.</param>
    /// <returns>The id with which to close the range.</returns>
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

/// <summary>A registered name.</summary>
/// <param name="Text">The name, with a final zero byte.</param>
/// <param name="Handle">The tool's handle of the name; 0 if the tool does not register names.</param>
internal sealed record NvtxName(byte[] Text, nint Handle);
