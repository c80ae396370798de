using System.Globalization;

namespace PlannedDiffusion.Hub;

/// <summary>Counts failures in a row, and waits after each: longer every time, or as long as the hub says.</summary>
internal sealed class Attempts(HubTuning tuning, PullMeter meter)
{
    private int _failures;

    /// <summary>Something came: the next failure is a first one.</summary>
    public void Progressed() => _failures = 0;

    /// <summary>Tries until it works.</summary>
    /// <exception cref="HubException">It failed too often.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> attempt, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (TransientException e)
            {
                await WaitAsync(e, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits before the next try.</summary>
    /// <exception cref="HubException">
    /// It failed too often, or the hub wants a longer wait than anybody waits.
    /// </exception>
    public async Task WaitAsync(TransientException failure, CancellationToken cancellation)
    {
        _failures++;
        if (_failures >= tuning.Attempts || failure.After > tuning.LongestWait) throw failure.Final;
        TimeSpan wait = failure.After ?? tuning.FirstWait * Math.Pow(2, _failures - 1);
        meter.Wait(string.Create(
            CultureInfo.InvariantCulture,
            $"{failure.Final.Host} {failure.Problem}; again in {Math.Ceiling(wait.TotalSeconds)} s"));
        await Task.Delay(wait, tuning.Clock, cancellation).ConfigureAwait(false);
    }
}
