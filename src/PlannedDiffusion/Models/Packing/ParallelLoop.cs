using System.Runtime.ExceptionServices;

namespace PlannedDiffusion.Models.Packing;

/// <summary>A loop over several threads, while a checkpoint is loaded.</summary>
internal static class ParallelLoop
{
    /// <summary>Runs the body for 0 to count - 1. What one of them throws is thrown as it is.</summary>
    /// <param name="count">Number of runs.</param>
    /// <param name="threads">Most threads; -1 for the system's choice.</param>
    /// <param name="body">What to do for each.</param>
    public static void Run(int count, int threads, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, body);
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }
}
