using System.Diagnostics;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Measures steps with a pair of events around each. Nothing waits for them: what is over is taken down when the next
/// step is queued, or when somebody asks. A pair is used again when it and the one behind it are taken down, so there
/// are some more than steps can be under way.
/// </summary>
internal sealed class CudaStepClock : IStepClock, IDisposable
{
    /// <summary>Steps whose times are remembered: more than a request asks for before it reads.</summary>
    private const int Remembered = 1 << 14;

    /// <summary>Of a pair, the one that is being recorded, and of the last that was taken down its end.</summary>
    private const int BesideThoseUnderWay = 2;

    private readonly CudaDevice _device;
    private readonly CudaStream _stream;
    private readonly Pair[] _pairs;
    private readonly CudaEvent _anchor;
    private readonly DeviceTimeline _timeline;
    private readonly StepTime[] _times = new StepTime[Remembered];
    private long _known; // steps that are taken down

    /// <summary>Pairs for so many steps under way; waits for what the stream has to do, this once.</summary>
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

            Mark(); // what is done for the first time takes longer
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

    /// <summary>A step is queued from now on; at most as many as there are pairs for may be under way.</summary>
    public void Begin()
    {
        TakeDown();
        if (Steps - _known > _pairs.Length - BesideThoseUnderWay)
            throw new InvalidOperationException($"{Steps - _known} steps are under way, too many to measure.");
        ref Pair pair = ref PairOf(Steps);
        pair.Queued = Stopwatch.GetTimestamp();
        _stream.Record(pair.Begin);
    }

    /// <summary>The step is queued.</summary>
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

    /// <summary>Takes down the steps that are over.</summary>
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

    /// <summary>Records the anchor and waits for it; half of the way there and back it was passed.</summary>
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
