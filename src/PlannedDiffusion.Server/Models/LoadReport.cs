using System.Globalization;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Models;

/// <summary>The load of an engine.</summary>
internal static class LoadReport
{
    /// <summary>The header with which every answer tells it, for gateways.</summary>
    public const string Header = "x-pd-load";

    /// <summary>The header's value.</summary>
    public static string Text(EngineStatus status) =>
        string.Create(CultureInfo.InvariantCulture, $"running={status.Running},waiting={status.Waiting}");

    /// <summary>All of it. Zeros while no engine is loaded.</summary>
    public static LoadAnswer Of(ServedModel model)
    {
        EngineSupervisor supervisor = model.Supervisor;
        if (supervisor.Engine is not { } engine)
            return new LoadAnswer(
                model.Id, Build.Version, null, new RequestLoad(0, 0, 0), new RowLoad(0, 0, 0), new KvLoad(0, 0), 0,
                (int)supervisor.RetryAfter.TotalSeconds, supervisor.State >= EngineState.Draining);
        EngineStatus status = engine.Status;
        return new LoadAnswer(
            model.Id, Build.Version, engine.Device,
            new RequestLoad(status.Running, status.Waiting, status.MaxWaiting),
            new RowLoad(status.Running > 0 ? status.Rows : 0, status.WaitingRows, status.RowBudget),
            new KvLoad(status.KeyValuesUsed, status.KeyValuesTotal),
            (long)Math.Max(status.StepAge.TotalMicroseconds, status.StepTime.TotalMicroseconds),
            (int)Math.Ceiling(status.RetryAfter.TotalSeconds),
            status.IsDraining || supervisor.State == EngineState.Draining);
    }
}
