using System.Runtime.ExceptionServices;

namespace PlannedDiffusion.Models.Packing;

/// <summary>A loop over several threads, for loading a checkpoint.</summary>
internal static class ParallelLoop
{
    /// <summary>Runs the body for 0 to count - 1. An exception of one run is thrown unchanged.</summary>
    /// <param name="count">Number of runs.</param>
    /// <param name="threads">The most threads; -1 for the system's choice.</param>
    /// <param name="body">The body of the loop.</param>
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
