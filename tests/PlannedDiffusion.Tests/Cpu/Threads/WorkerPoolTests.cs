using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Cpu.Threads;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Threads;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)] // more than the cores of this machine
    public void EveryThreadRunsAndBarriersHoldBackTheFast(int threads)
    {
        using var pool = new WorkerPool(threads);
        var job = new CountingJob(pool, phases: 50);
        for (int run = 0; run < 20; run++)
        {
            job.Reset();
            pool.Run(job);
            Assert.Equal(0, job.Violations);
            Assert.Equal(threads * 50, job.Arrivals);
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 2)]
    public void AFailureReachesTheCallerAndThePoolStaysUsable(int threads, int failing)
    {
        using var pool = new WorkerPool(threads);
        for (int run = 0; run < 5; run++)
        {
            var failure = Assert.Throws<InvalidDataException>(() => pool.Run(new FailingJob(pool, failing)));
            Assert.Equal($"thread {failing}", failure.Message);
            var job = new CountingJob(pool, phases: 3);
            pool.Run(job);
            Assert.Equal(threads * 3, job.Arrivals);
        }
    }

    [Fact]
    public void SleepingWorkersWakeUp()
    {
        using var pool = new WorkerPool(2);
        var job = new CountingJob(pool, phases: 1);
        for (int run = 0; run < 3; run++)
        {
            SpinWait.SpinUntil(() => pool.SleepingWorkers == 1);
            job.Reset();
            pool.Run(job);
            Assert.Equal(2, job.Arrivals);
        }
    }

    /// <summary>
    /// Beside a neighbour a thread may wait for another for milliseconds. All that wait sleep, in every phase and at
    /// the end of the job, and each wakes up.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void WhoWaitsForALateThreadSleeps(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (int run = 0; run < 5; run++)
        {
            for (int late = 0; late < threads; late++)
            {
                var job = new LateJob(pool, late);
                pool.Run(job);
                Assert.Equal(threads, job.Ends);
                Assert.Equal(0, pool.ParkedThreads);
            }
        }
    }

    /// <summary>A thread that fails wakes those that sleep.</summary>
    [Fact]
    public void AFailureWakesThoseWhoSleep()
    {
        using var pool = new WorkerPool(3);
        for (int late = 0; late < 3; late++)
        {
            Assert.Throws<InvalidDataException>(() => pool.Run(new LateJob(pool, late) { Fails = true }));
            var job = new CountingJob(pool, phases: 3);
            pool.Run(job);
            Assert.Equal(9, job.Arrivals);
        }
    }

    [Fact]
    public void APoolEndsWithSleepingOrSpinningWorkers()
    {
        for (int i = 0; i < 20; i++)
        {
            var pool = new WorkerPool(3);
            if (i % 2 == 0) SpinWait.SpinUntil(() => pool.SleepingWorkers == 2);
            pool.Dispose();
            Assert.Equal(0, pool.LivingWorkers);
        }
    }

    [Fact]
    public void SiblingsCountAsOneCore()
    {
        using var folder = new TestKit.TemporaryDirectory();
        for (int cpu = 0; cpu < 6; cpu++)
        {
            string topology = Directory.CreateDirectory(folder.File($"cpu{cpu}/topology")).FullName;
            File.WriteAllText(Path.Combine(topology, "thread_siblings_list"), $"{cpu % 3},{cpu % 3 + 3}\n");
        }

        Directory.CreateDirectory(folder.File("cpufreq"));
        Assert.Equal(3, PhysicalCores.CountSiblingGroups(folder.Path));
        Assert.Equal(Environment.ProcessorCount, PhysicalCores.CountSiblingGroups(folder.File("none")));
        Assert.InRange(PhysicalCores.Count, 1, Environment.ProcessorCount);
    }

    [Theory]
    [InlineData(0x00A10F11, 0x19)] // Zen 4
    [InlineData(0x00B40F40, 0x1A)] // Zen 5
    [InlineData(0x000806F8, 0x06)] // Sapphire Rapids
    public void FamiliesAreReadFromTheSignature(int signature, int family) =>
        Assert.Equal(family, Microarchitecture.Family(signature));

    [Theory]
    [InlineData(3, 64, 2)]
    [InlineData(3, 23, 2)]
    [InlineData(14, 64, 4)]
    [InlineData(500, 1, 3)]
    [InlineData(2, 100, 7)]
    public void ThePartsOfAProductCoverItOnce(int panels, int rows, int threads)
    {
        var seen = new int[panels, rows];
        int most = 0;
        for (int thread = 0; thread < threads; thread++)
        {
            ProductPart part = ProductPart.Of(panels, rows, thread, threads);
            most = Math.Max(most, part.Rows * (part.EndPanel - part.FirstPanel));
            for (int panel = part.FirstPanel; panel < part.EndPanel; panel++)
            {
                for (int row = part.FirstRow; row < part.EndRow; row++) seen[panel, row]++;
            }
        }

        Assert.All(seen.Cast<int>(), count => Assert.Equal(1, count));
        if (rows >= 12 * threads) Assert.InRange(most, 1, 1.1 * panels * rows / threads + panels);
    }

    /// <summary>In each phase all threads arrive before one continues.</summary>
    private sealed class CountingJob(WorkerPool pool, int phases) : ISpmdJob
    {
        private int _arrivals, _violations;

        public int Arrivals => _arrivals;

        public int Violations => _violations;

        public void Reset() => _arrivals = 0;

        public void Run(int thread)
        {
            for (int phase = 1; phase <= phases; phase++)
            {
                Interlocked.Increment(ref _arrivals);
                pool.Barrier();
                if (Volatile.Read(ref _arrivals) != phase * pool.Threads) Interlocked.Increment(ref _violations);
                pool.Barrier();
            }
        }
    }

    /// <summary>One thread comes to each barrier, and to the end, once all others sleep.</summary>
    private sealed class LateJob(WorkerPool pool, int late) : ISpmdJob
    {
        private int _ends;

        public bool Fails { get; init; }

        public int Ends => _ends;

        public void Run(int thread)
        {
            for (int phase = 0; phase < 3; phase++)
            {
                if (thread == late) SpinWait.SpinUntil(() => pool.ParkedThreads == pool.Threads - 1);
                if (thread == late && Fails) throw new InvalidDataException();
                pool.Barrier();
            }

            // Only the caller waits for the end; workers wait for the next job.
            if (thread == late && late > 0) SpinWait.SpinUntil(() => pool.ParkedThreads == 1);
            Interlocked.Increment(ref _ends);
        }
    }

    private sealed class FailingJob(WorkerPool pool, int failing) : ISpmdJob
    {
        public void Run(int thread)
        {
            pool.Barrier();
            if (thread == failing) throw new InvalidDataException($"thread {thread}");
            pool.Barrier();
            pool.Barrier();
        }
    }
}
