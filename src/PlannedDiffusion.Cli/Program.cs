using System.Runtime.InteropServices;
using PlannedDiffusion.Cli;

using var interrupt = new CancellationTokenSource();
// The first Ctrl-C asks the command to stop after the step in progress; the second one is the system's own.
using PosixSignalRegistration registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
{
    signal.Cancel = !interrupt.IsCancellationRequested;
    interrupt.Cancel();
});
return await Application.RunAsync(args, Terminal.System(), interrupt.Token);
