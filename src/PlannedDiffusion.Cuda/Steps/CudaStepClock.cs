using System.Diagnostics;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Measures each step with a pair of events. Nothing waits for the events: the times of finished steps are recorded
/// when the next step is queued or when a caller asks. A pair is reused when it and the following one are recorded, so
/// there are more pairs than steps in flight.
/// </summary>
internal sealed class CudaStepClock : IStepClock, IDisposable
{
    /// <summary>Steps whose times are kept. It is more than a request queues before it reads.</summary>
    private const int Remembered = 1 << 14;

    /// <summary>Pairs beside those of steps in flight: the one of the next step and the last recorded one.</summary>
    private const int BesideThoseUnderWay = 2;

    private readonly CudaDevice _device;
    private readonly CudaStream _stream;
    private readonly Pair[] _pairs;
    private readonly CudaEvent _anchor;
    private readonly DeviceTimeline _timeline;
    private readonly StepTime[] _times = new StepTime[Remembered];
    private long _known; // steps whose times are recorded

    /// <summary>Creates pairs for this many steps in flight. Waits once for all work of the stream.</summary>
    public CudaStepClock(CudaDevice device, CudaStream stream, int underWay)
    {
        _device = device;
        _stream = stream;
        _pairs = new Pair[underWay + BesideThoseUnderWay];
        _anchor = device.CreateEvent(timing: true);
        try
        {
            for (int i = 0; i < _pairs.Length; i++)
            {
                _pairs[i].Begin = device.CreateEvent(timing: true);
                _pairs[i].End = device.CreateEvent(timing: true);
            }

            Mark(); // the first time takes longer
            _timeline = new DeviceTimeline(Mark());
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long Steps { get; private set; }

    /// <summary>Marks the beginning of the next step.</summary>
    /// <exception cref="InvalidOperationException">More steps are in flight than there are pairs.</exception>
    public void Begin()
    {
        TakeDown();
        if (Steps - _known > _pairs.Length - BesideThoseUnderWay)
            throw new InvalidOperationException($"{Steps - _known} steps are under way, too many to measure.");
        ref Pair pair = ref PairOf(Steps);
        pair.Queued = Stopwatch.GetTimestamp();
        _stream.Record(pair.Begin);
    }

    /// <summary>Marks the end of the step.</summary>
    public void End()
    {
        _stream.Record(PairOf(Steps).End);
        Steps++;
    }

    /// <inheritdoc/>
    public bool TryGetTime(long step, out StepTime time)
    {
        if (step >= _known && step < Steps)
        {
            _device.MakeCurrent();
            TakeDown();
        }

        bool known = step >= 0 && step < _known && step >= _known - Remembered;
        time = known ? _times[step % Remembered] : default;
        return known;
    }

    public void Dispose()
    {
        foreach (Pair pair in _pairs)
        {
            pair.Begin?.Dispose();
            pair.End?.Dispose();
        }

        _anchor.Dispose();
    }

    /// <summary>Records the times of finished steps.</summary>
    private void TakeDown()
    {
        for (; _known < Steps && PairOf(_known).End.IsDone(); _known++)
        {
            Pair pair = PairOf(_known);
            CudaEvent before = _known > 0 ? PairOf(_known - 1).End : _anchor;
            _times[_known % Remembered] = _timeline.Next(
                pair.Begin.MillisecondsSince(before),
                pair.End.MillisecondsSince(pair.Begin),
                pair.Queued,
                Stopwatch.GetTimestamp());
        }
    }

    private ref Pair PairOf(long step) => ref _pairs[step % _pairs.Length];

    /// <summary>
    /// Queues the anchor and waits for it. The device is assumed to have passed it in the middle of that time.
    /// </summary>
    private long Mark()
    {
        _stream.Synchronize();
        long before = Stopwatch.GetTimestamp();
        _stream.Record(_anchor);
        _anchor.Synchronize();
        return before + ((Stopwatch.GetTimestamp() - before) / 2);
    }

    private struct Pair
    {
        public CudaEvent Begin, End;
        public long Queued;
    }
}
