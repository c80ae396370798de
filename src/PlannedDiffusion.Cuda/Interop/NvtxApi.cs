using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// The functions of NVTX that the runner uses, under their native names. Without a tool they do nothing.
/// </summary>
internal static unsafe class NvtxApi
{
    public static nint nvtxDomainCreateA(byte* name)
    {
        var function = (delegate* unmanaged<byte*, nint>)Address(12);
        return function is null ? 0 : function(name);
    }

    public static nint nvtxDomainRegisterStringA(nint domain, byte* text)
    {
        var function = (delegate* unmanaged<nint, byte*, nint>)Address(10);
        return function is null ? 0 : function(domain, text);
    }

    public static void nvtxDomainRangePushEx(nint domain, in NvtxEventAttributes attributes)
    {
        var function = (delegate* unmanaged<nint, NvtxEventAttributes*, int>)Address(4);
        if (function is null) return;
        fixed (NvtxEventAttributes* first = &attributes) function(domain, first);
    }

    public static void nvtxDomainRangePop(nint domain)
    {
        var function = (delegate* unmanaged<nint, int>)Address(5);
        if (function is not null) function(domain);
    }

    public static ulong nvtxDomainRangeStartEx(nint domain, in NvtxEventAttributes attributes)
    {
        var function = (delegate* unmanaged<nint, NvtxEventAttributes*, ulong>)Address(2);
        if (function is null) return 0;
        fixed (NvtxEventAttributes* first = &attributes) return function(domain, first);
    }

    public static void nvtxDomainRangeEnd(nint domain, ulong range)
    {
        var function = (delegate* unmanaged<nint, ulong, void>)Address(3);
        if (function is not null) function(domain, range);
    }

    // It is read at each call, because a tool may replace or remove the function.
    private static nint Address(int entry) => *NvtxTables.Function(NvtxModule.Core2, entry);
}

/// <summary><c>nvtxEventAttributes_v2</c>: the name of a range and a number, the payload.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NvtxEventAttributes
{
    private const int SignedPayload = 2;

    /// <summary>The message is a text.</summary>
    public const int Text = 1;

    /// <summary>The message is the handle of a registered text.</summary>
    public const int Registered = 3;

    public ushort Version;
    public ushort Size;
    public uint Category;
    public int ColorType;
    public uint Color;
    public int PayloadType;
    public int Reserved;
    public long Payload;
    public int MessageType;
    public nint Message;

    public NvtxEventAttributes(int messageType, nint message, long payload)
    {
        Version = 3;
        Size = (ushort)sizeof(NvtxEventAttributes);
        PayloadType = SignedPayload;
        Payload = payload;
        MessageType = messageType;
        Message = message;
    }
}
