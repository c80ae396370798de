using PlannedDiffusion.Architecture.Tests.Rules;
using PlannedDiffusion.Architecture.Tests.Sources;
using PlannedDiffusion.TestKit;
using Xunit;

[assembly: AssemblyFixture(typeof(BoundSources))]

namespace PlannedDiffusion.Architecture.Tests;

/// <summary>The sources follow <see cref="FloorPlan"/>, and the page shows it.</summary>
public sealed class FloorPlanTests(BoundSources sources)
{
    [Fact]
    public void TheSourcesBind() => Expect.None(sources.Errors.Take(10).Select(error => error.ToString()));

    [Fact]
    public void FoldersUseOnlyWhatTheyMay() =>
        Expect.None(ArrowRules.Forbidden(FloorPlan.Projects, sources.Arrows));

    [Fact]
    public void WhatAFolderMayUseItUses() => Expect.None(ArrowRules.Unused(FloorPlan.Projects, sources.Arrows));

    [Fact]
    public void TheFloorPlanNamesEveryFolder() =>
        Expect.None(ArrowRules.Unknown(FloorPlan.Projects, sources.Folders));

    [Fact]
    public void NoFoldersUseEachOther() =>
        Expect.None(FolderCycles.In(sources.Arrows).Select(cycle => string.Join('\n', cycle) + "\n"));

    /// <summary>Whatever the tables say: the seam is all that both sides know.</summary>
    [Fact]
    public void RunnersAndDecodersDoNotKnowEachOther()
    {
        Assert.Equal(["", "decoder", "engine", "runner"], sources.Folders.Select(Side).Distinct().Order());
        Expect.None(sources.Arrows
            .Where(arrow => (Side(arrow.From), Side(arrow.To))
                is ("runner", "decoder" or "engine") or ("decoder", "runner" or "engine"))
            .Select(arrow => arrow.ToString()));

        static string Side(Place place) => (place.Project, place.Folder.Split('/')[0]) switch
        {
            ("PlannedDiffusion.Cuda", _) or ("PlannedDiffusion", "Cpu") => "runner",
            ("PlannedDiffusion", "Decoding") => "decoder",
            ("PlannedDiffusion", "Engine") => "engine",
            _ => "",
        };
    }

    [Fact]
    public void ThePageShowsTheFloorPlan()
    {
        string page = File.ReadAllText(Repository.PathTo("docs", "architecture.md"));
        string expected = FloorPlanText.Of(FloorPlan.Projects);
        Assert.True(FloorPlanText.In(page) == expected, $"docs/architecture.md should contain:\n\n{expected}\n");
    }
}
