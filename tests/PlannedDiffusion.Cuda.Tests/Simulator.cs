using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Interop;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests;

/// <summary>What a simulated driver tells about itself; tests that need it are skipped on a real one.</summary>
internal sealed unsafe class Simulator
{
    private readonly delegate* unmanaged<nint> _liveObjects;
    private readonly delegate* unmanaged<byte*, int, int, void> _fail;
    private readonly delegate* unmanaged<byte*, nint> _calls;
    private readonly delegate* unmanaged<void> _reset;
    private readonly delegate* unmanaged<int, int> _pace;
    private readonly delegate* unmanaged<int, int> _multiprocessors;

    private Simulator(nint library)
    {
        nint live = NativeLibrary.GetExport(library, "cuda_sim_live_objects");
        nint fail = NativeLibrary.GetExport(library, "cuda_sim_fail");
        _liveObjects = (delegate* unmanaged<nint>)live;
        _fail = (delegate* unmanaged<byte*, int, int, void>)fail;
        _calls = (delegate* unmanaged<byte*, nint>)NativeLibrary.GetExport(library, "cuda_sim_calls");
        _reset = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "cuda_sim_reset");
        _pace = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "cuda_sim_pace_events");
        nint multiprocessors = NativeLibrary.GetExport(library, "cuda_sim_multiprocessors");
        _multiprocessors = (delegate* unmanaged<int, int>)multiprocessors;
    }

    /// <summary>What was made and is not freed: memory, streams, events, modules, graphs, programs, contexts.</summary>
    public long LiveObjects => _liveObjects();

    /// <summary>How often a function was called since the process began, or since the last reset.</summary>
    public long Calls(string function)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(function);
        long calls = _calls((byte*)name);
        Marshal.FreeCoTaskMem(name);
        return calls;
    }

    public static Simulator Require(TestDevice device)
    {
        nint library = device.Device.Libraries.Driver;
        bool simulated = NativeLibrary.TryGetExport(library, "cuda_sim_live_objects", out _);
        Assert.SkipUnless(simulated, "Only a simulated driver counts its objects and fails on demand.");
        return new Simulator(library);
    }

    /// <summary>Lets the <paramref name="nth"/> call of a function from now on fail, once.</summary>
    public void Fail(string function, int nth, CudaResult result)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(function);
        _fail((byte*)name, nth, (int)result);
        Marshal.FreeCoTaskMem(name);
    }

    /// <summary>
    /// With true, the nth recording of an event from now on lies n microseconds behind the one before; with false,
    /// recordings have the host's time.
    /// </summary>
    public void PaceEvents(bool on) => _ = _pace(on ? 1 : 0);

    /// <summary>Devices that are opened from now on have so many; with 0 as many as the environment says.</summary>
    public void SetMultiprocessors(int count) => _ = _multiprocessors(count);

    /// <summary>Forgets planned failures, and the error that a failed kernel left.</summary>
    public void Reset() => _reset();
}
