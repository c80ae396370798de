// Feeds a reader of untrusted input until it is terminated. The exit code is 1 after an undocumented exception. The
// script `run` starts it, which instruments the assemblies, limits memory and time, and runs all targets. usage:
// PlannedDiffusion.Fuzz TARGET CORPUS CURRENT SEED [KEEP] without arguments: the names of the targets

using System.Globalization;
using System.Runtime.InteropServices;
using PlannedDiffusion.Fuzz;

if (args.Length < 4)
{
    foreach (FuzzTarget one in FuzzTargets.All) Console.WriteLine(one.Name);
    return 0;
}

FuzzTarget target = FuzzTargets.All.Single(one => one.Name == args[0]);
string corpus = args[1], current = args[2];
int seed = int.Parse(args[3], CultureInfo.InvariantCulture);
string? keep = args.Length > 4 ? args[4] : null;
bool interrupted = false;
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    Volatile.Write(ref interrupted, true);
});
using var loop = new FuzzLoop(target, current, seed);
try
{
    loop.ReadCorpus(corpus);
    while (!Volatile.Read(ref interrupted)) loop.Step(keep);
}
catch (Exception fault)
{
    Console.WriteLine($"{target.Name}: {fault}");
    return 1;
}

Console.WriteLine(
    $"{target.Name,-16} {loop.Inputs,9} inputs, {loop.Taken,8} taken, {loop.Kept,5} kept, {loop.Branches,6} branches");
return 0;
