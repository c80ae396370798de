using PlannedDiffusion.Decoding;
using PlannedDiffusion.Diagnostics;

namespace PlannedDiffusion.Engine;

/// <summary>What meters and listeners of activities learn of one request. No text of it.</summary>
internal sealed class RequestTelemetry(string decoder, string? model)
{
    private static readonly string[] Stages = Enum.GetNames<DecodingStage>();

    /// <summary>It leaves the queue.</summary>
    public void NoteQueued(TimeSpan time) => EngineTelemetry.RecordQueued(decoder, model, time);

    /// <summary>One of its passes is computed.</summary>
    public void NotePass(DecodingPass pass) =>
        EngineTelemetry.CountPass(Stages[(int)pass.Stage], model, pass.Rows, pass.Drafted, pass.Kept);

    /// <summary>It is complete.</summary>
    public void NoteCompleted(CriticalPath path, int tokens, TimeSpan time)
    {
        EngineTelemetry.CountRequest(decoder, model, tokens, time, path.TokensPerPass);
        for (int stage = 0; stage < Stages.Length; stage++)
        {
            int passes = path.Count((DecodingStage)stage);
            if (passes > 0) EngineTelemetry.CountRequestPasses(Stages[stage], model, passes);
        }

        NoteFirst(path);
        NoteEnd("completed");
    }

    /// <summary>It ends with an error.</summary>
    public void NoteFailed(Exception error) => NoteEnd(error switch
    {
        OperationCanceledException => "cancelled",
        RequestDeadlineException => "deadline",
        _ => "failed",
    });

    private void NoteEnd(string outcome) => EngineTelemetry.CountFinished(decoder, model, outcome);

    /// <summary>The first denoise step decides the first token. Without spans the first pass does.</summary>
    private void NoteFirst(CriticalPath path)
    {
        if (path.Times.IsEmpty) return;
        int denoise = -1, plan = -1;
        for (int pass = 0; pass < path.Passes.Length && denoise < 0; pass++)
        {
            if (path.Passes[pass].Stage == DecodingStage.Denoise) denoise = pass;
            if (path.Passes[pass].Stage == DecodingStage.Plan) plan = pass;
        }

        EngineTelemetry.RecordFirstToken(decoder, model, End(Math.Max(0, denoise)));
        if (denoise >= 0 && plan >= 0) EngineTelemetry.RecordPlan(decoder, model, End(plan));

        TimeSpan End(int pass) => path.Times[pass].Start + path.Times[pass].Duration;
    }
}
