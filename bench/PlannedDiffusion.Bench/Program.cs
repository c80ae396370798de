using PlannedDiffusion.Bench;

return args switch
{
    ["step", ..] => StepCommand.Run(args),
    ["checkpoint", ..] => StepCommand.WriteCheckpoint(args),
    _ => 0,
};
