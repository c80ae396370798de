using PlannedDiffusion.Decoding;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Steps have the stages of their passes.</summary>
public sealed class StepStagesTests
{
    [Fact]
    public void EachDecodingStageIsAStageOfSteps()
    {
        Assert.Equal(Enum.GetNames<DecodingStage>(), Enum.GetNames<StepStages>().Skip(1));
        foreach (DecodingStage stage in Enum.GetValues<DecodingStage>())
            Assert.Equal(Enum.Parse<StepStages>(stage.ToString()), stage.Flag());
    }

    [Fact]
    public void APassReportsItsStage()
    {
        using ReferenceModelRunner runner = Runner();
        using var sequence = new Sequence(runner, 400, Prompt);
        PlannedDecoder decoder = Decoder(Plan(Tags.Sync, 5, 3), Plan(Tags.End, 2));
        var seen = new HashSet<DecodingStage>();
        foreach ((DecodingStage stage, ForwardStep step) in decoder.Decode(sequence))
        {
            Assert.Equal(stage.Flag(), step.Stages);
            seen.Add(stage);
            runner.Forward(step);
        }

        Assert.Equal(4, seen.Count); // all but the autoregressive one
    }

    [Fact]
    public void AStepHasTheStagesOfAllItsPasses()
    {
        ForwardStep Of(StepStages stages) => new() { Stages = stages };
        var step = new ForwardStep();
        Assert.Equal(StepStages.None, step.Stages);
        step.Add(Of(StepStages.Plan));
        step.Add(Of(StepStages.Denoise | StepStages.Plan));
        step.Add(Of(StepStages.None));
        Assert.Equal(StepStages.Plan | StepStages.Denoise, step.Stages);
        step.Clear();
        Assert.Equal(StepStages.None, step.Stages);
    }
}
