using PlannedDiffusion.Cli;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;

var terminal = Terminal.System();
using var interruption = new Interruption(terminal);
int code = await Application.RunAsync(
    PdCommand.Name, PdCommand.Create(terminal), args, terminal, interruption.Token);
return interruption.ExitCode(code);
