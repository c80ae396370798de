using PlannedDiffusion.Architecture.Tests.Rules;
using PlannedDiffusion.Architecture.Tests.Sources;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Checks;

/// <summary>A floor plan and arrows that do not fit.</summary>
public sealed class ArrowRulesTests
{
    private static readonly ProjectPlan[] Plans =
    [
        new("P", new FolderPlan("Top", "", "Low"), new FolderPlan("Low", "")),
        new("Q", new FolderPlan("", "") { Elsewhere = ["P/Top"] }, new FolderPlan("Side", ""))
        {
            Elsewhere = ["P/Low"],
        },
    ];

    private static readonly Arrow[] Needed =
        [Arrow("P/Top", "P/Low"), Arrow("Q", "P/Top"), Arrow("Q/Side", "P/Low")];

    [Fact]
    public void WhatFitsPasses()
    {
        Assert.Empty(ArrowRules.Forbidden(Plans, Needed));
        Assert.Empty(ArrowRules.Unused(Plans, Needed));
        Assert.Empty(ArrowRules.Unknown(
            Plans, [new Place("P", "Top"), new Place("P", "Low"), new Place("Q", ""), new Place("Q", "Side")]));
    }

    [Theory]
    [InlineData("P/Low", "P/Top")]
    [InlineData("P/Low", "Q")]
    [InlineData("Q/Side", "P/Top")]
    [InlineData("Q", "Q/Side")]
    [InlineData("P/Elsewhere", "P/Low")]
    public void AnArrowThatNoPlanAllowsFails(string from, string to) => Assert.Equal(
        [$"{from} may not use {to}: File.cs:7 Type"], ArrowRules.Forbidden(Plans, [.. Needed, Arrow(from, to)]));

    [Theory]
    [InlineData(0, "P/Top does not use P/Low")]
    [InlineData(1, "Q does not use P/Top")]
    [InlineData(2, "all of Q does not use P/Low")]
    public void APermissionThatNobodyNeedsFails(int missing, string message) =>
        Assert.Equal([message], ArrowRules.Unused(Plans, [.. Needed.Where((_, index) => index != missing)]));

    [Fact]
    public void AFolderWithoutAPlanAndAPlanWithoutAFolderFail() => Assert.Equal(
        ["P/New is not in the floor plan", "P/Low holds no file", "Q holds no file", "Q/Side holds no file"],
        ArrowRules.Unknown(Plans, [new Place("P", "Top"), new Place("P", "New")]));

    private static Arrow Arrow(string from, string to) => new(Place.Parse(from), Place.Parse(to), "File.cs", 7, "Type");
}
