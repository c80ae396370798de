using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Runtime;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runtime;

public sealed class GraphTests(TestDevice device) : CudaTests(device)
{
    private const string Square =
        """
        #include "base/types.cuh"

        struct SquareParameters {
            float* values;
            int count;
        };

        extern "C" __global__ void square(SquareParameters p) {
            int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
            if (i < p.count) p.values[i] = p.values[i] * p.values[i] + 1.f;
        }
        """;

    private const int Count = 77;
    private static readonly float[] Start = [.. Enumerable.Range(0, Count).Select(i => i * 0.01f)];

    [Fact]
    public void AGraphDoesWhatItsCallsDoEagerly()
    {
        CudaFunction square = Load();
        CudaStream stream = Device.Stream;
        ulong eager = Device.Upload(Start), captured = Device.Upload(Start), copy = Device.Allocate<float>(Count);

        for (int i = 0; i < 3; i++) Queue(square, stream, eager, copy);
        float[] expected = Device.Download<float>(eager, Count);
        using CudaGraph graph = stream.Capture(() => Queue(square, stream, captured, copy));
        Assert.Equal(Start, Device.Download<float>(captured, Count)); // nothing ran yet
        for (int i = 0; i < 3; i++) stream.Launch(graph);

        Assert.Equal(expected, Device.Download<float>(captured, Count));
        Assert.Equal(expected, Device.Download<float>(copy, Count));
    }

    [Fact]
    public void AGraphReadsPinnedMemoryWhenItRuns()
    {
        using PinnedMemory pinned = Device.Device.AllocatePinned(sizeof(int), "descriptor");
        CudaStream stream = Device.Stream;
        ulong memory = Device.Allocate<int>(1);
        using CudaGraph graph = stream.Capture(() => stream.CopyToDevice(memory, pinned.Address, sizeof(int)));

        foreach (byte value in (byte[])[3, 250])
        {
            pinned.Span.Fill(value);
            stream.Launch(graph);
            Assert.Equal(value * 0x01010101, Device.Download<int>(memory, 1)[0]);
        }
    }

    [Fact]
    public void WaitingWhileRecordingIsAnErrorAndSpoilsTheRecording()
    {
        CudaStream stream = Device.Stream;
        CudaException waiting = null!;

        CudaException ending = Assert.Throws<CudaException>(
            () => stream.Capture(() => waiting = Assert.Throws<CudaException>(stream.Synchronize)).Dispose());

        Assert.Equal((int)CudaResult.StreamCaptureUnsupported, waiting.Code);
        Assert.Equal((int)CudaResult.StreamCaptureInvalidated, ending.Code);
        stream.Synchronize(); // the stream itself is well
    }

    [Fact]
    public void ARecordingThatFailsLeavesTheStreamUsable()
    {
        CudaFunction square = Load();
        CudaStream stream = Device.Stream;
        ulong values = Device.Upload(Start), copy = Device.Allocate<float>(Count);

        Assert.Throws<TimeZoneNotFoundException>(() => stream.Capture(() =>
        {
            Queue(square, stream, values, copy);
            throw new TimeZoneNotFoundException();
        }));

        Assert.Equal(Start, Device.Download<float>(values, Count));
        Queue(square, stream, values, copy);
        Assert.Equal(Start[9] * Start[9] + 1, Device.Download<float>(values, Count)[9], 6);
    }

    [Fact]
    public void StreamsWaitForEachOthersMarks()
    {
        CudaStream first = Device.Stream;
        using CudaStream second = Device.Device.CreateStream();
        using CudaEvent mark = Device.Device.CreateEvent();
        CudaFunction square = Load();
        ulong values = Device.Upload(Start), copy = Device.Allocate<float>(Count);

        Queue(square, first, values, copy);
        first.Record(mark);
        second.Wait(mark);
        Queue(square, second, values, copy);
        second.Synchronize();

        Assert.True(mark.IsDone());
        float once = Start[76] * Start[76] + 1;
        Assert.Equal(once * once + 1, Device.Download<float>(copy, Count)[76], 5);
    }

    [Fact]
    public void TimeBetweenTwoMarksIsNotNegative()
    {
        CudaStream stream = Device.Stream;
        using CudaEvent start = Device.Device.CreateEvent(timing: true), end = Device.Device.CreateEvent(timing: true);
        ulong values = Device.Upload(Start), copy = Device.Allocate<float>(Count);

        stream.Record(start);
        Queue(Load(), stream, values, copy);
        stream.Record(end);
        end.Synchronize();

        Assert.True(end.MillisecondsSince(start) >= 0);
        using CudaEvent untimed = Device.Device.CreateEvent();
        stream.Record(untimed);
        untimed.Synchronize();
        Assert.Throws<CudaException>(() => untimed.MillisecondsSince(start));
    }

    private static void Queue(CudaFunction square, CudaStream stream, ulong values, ulong copy)
    {
        var parameters = new SquareParameters { Values = values, Count = Count };
        square.Launch(stream, new(3), new(32), 0, parameters);
        stream.Copy(copy, values, Count * sizeof(float));
    }

    private CudaFunction Load() =>
        Device.Library.Load(KernelSource.FromText("square.cu", Square), new KernelOptions(false)).GetFunction("square");

    private struct SquareParameters
    {
        public ulong Values;
        public int Count;
    }
}
