using PlannedDiffusion.Cli;

var terminal = Terminal.System();
using var interruption = new Interruption(terminal);
return interruption.ExitCode(await Application.RunAsync(args, terminal, interruption.Token));
