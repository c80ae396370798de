using System.Runtime.InteropServices;
using System.Text;
using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>One program of the run-time compiler.</summary>
internal sealed unsafe class NvrtcProgram : IDisposable
{
    private readonly KernelSource _source;
    private nint _program;

    public NvrtcProgram(KernelSource source)
    {
        _source = source;
        using var texts = new Utf8Array(source.Headers.Values);
        using var names = new Utf8Array(source.Headers.Keys);
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcCreateProgram(
            out _program, source.Text, source.Name, texts.Count, texts.Pointers, names.Pointers));
    }

    /// <exception cref="KernelCompilationException">The source has errors.</exception>
    public void Compile(IReadOnlyList<string> options)
    {
        using var arguments = new Utf8Array(options);
        NvrtcResult result = NvrtcApi.nvrtcCompileProgram(_program, arguments.Count, arguments.Pointers);
        if (result == NvrtcResult.Success) return;
        string log = Log();
        if (log.Length > 0) throw new KernelCompilationException(_source.Name, options, log);
        CudaException.ThrowIfFailed(result, nameof(NvrtcApi.nvrtcCompileProgram));
    }

    /// <summary>The machine code, if the program was compiled for a device.</summary>
    public byte[] MachineCode()
    {
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetCUBINSize(_program, out nuint size));
        var image = new byte[size];
        fixed (byte* start = image) CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetCUBIN(_program, start));
        return image;
    }

    /// <summary>The PTX, if the program was compiled for a virtual architecture. It ends with a zero byte.</summary>
    public byte[] Ptx()
    {
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetPTXSize(_program, out nuint size));
        var text = new byte[size];
        fixed (byte* start = text) CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetPTX(_program, start));
        return text;
    }

    public void Dispose()
    {
        if (_program != 0) _ = NvrtcApi.nvrtcDestroyProgram(ref _program);
        _program = 0;
    }

    // Empty if there is no log. Then the caller reports the result code.
    private string Log()
    {
        if (NvrtcApi.nvrtcGetProgramLogSize(_program, out nuint size) != NvrtcResult.Success) return "";
        var log = new byte[size];
        fixed (byte* start = log)
        {
            if (NvrtcApi.nvrtcGetProgramLog(_program, start) != NvrtcResult.Success) return "";
        }

        return Encoding.UTF8.GetString(log).TrimEnd('\0', '\n');
    }

    /// <summary>Strings as a C array of pointers to zero-terminated UTF-8.</summary>
    private sealed class Utf8Array : IDisposable
    {
        public Utf8Array(IEnumerable<string> strings)
        {
            nint[] texts = [.. strings.Select(Marshal.StringToCoTaskMemUTF8)];
            Count = texts.Length;
            Pointers = (byte**)NativeMemory.Alloc((nuint)Math.Max(1, Count), (nuint)sizeof(byte*));
            for (int i = 0; i < Count; i++) Pointers[i] = (byte*)texts[i];
        }

        public int Count { get; }

        public byte** Pointers { get; }

        public void Dispose()
        {
            for (int i = 0; i < Count; i++) Marshal.FreeCoTaskMem((nint)Pointers[i]);
            NativeMemory.Free(Pointers);
        }
    }
}
