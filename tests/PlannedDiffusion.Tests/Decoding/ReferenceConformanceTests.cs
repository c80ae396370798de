using PlannedDiffusion.TestKit;
using PlannedDiffusion.TestKit.Conformance;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>
/// The reference in double precision is stricter about steps than runners must be, and keeps all promises to decoders.
/// </summary>
public sealed class ReferenceConformanceTests
{
    [Theory]
    [InlineData("RowsOfASequenceHaveTheBitsThatTheyHaveAlone")]
    [InlineData("RowsOfSequencesHaveTheBitsThatTheyHaveAlone")]
    [InlineData("DrawsDependOnSeedPositionAndStepOnly")]
    public void Conforms(string check) => ModelRunnerConformance.Run(check, new RunnerSubject(
        "reference",
        (weights, limits) => new ReferenceModelRunner(ReferenceWeights.From(weights), limits),
        Tolerance: 0));
}
