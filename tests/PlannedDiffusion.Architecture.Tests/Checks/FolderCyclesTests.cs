using PlannedDiffusion.Architecture.Tests.Rules;
using PlannedDiffusion.Architecture.Tests.Sources;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Checks;

public sealed class FolderCyclesTests
{
    [Theory]
    [InlineData("AB BC AC")]
    [InlineData("AB AB CB")]
    [InlineData("")]
    public void ArrowsThatOnlyGoDownAreNoCycle(string arrows) => Assert.Empty(FolderCycles.In(Arrows(arrows)));

    [Theory]
    [InlineData("AB BA", "AB BA")]
    [InlineData("AB BC CA AD DE", "AB BC CA")]
    [InlineData("XA AB BC CB CY", "BC CB")]
    [InlineData("AB BA CD DC BC", "AB BA|CD DC")]
    [InlineData("AB BA BC CB", "AB BA BC CB")]
    public void ACycleIsFoundWithAllItsArrows(string arrows, string cycles) => Assert.Equal(
        cycles, string.Join('|', FolderCycles.In(Arrows(arrows)).Select(
            cycle => string.Join(' ', cycle.Select(arrow => arrow.From.Folder + arrow.To.Folder)))));

    [Fact]
    public void TwoFilesCanMakeOne()
    {
        IReadOnlyList<BoundProject> projects = MemorySources.Bind(
            ("P/A/First.cs", "namespace P.A; class First { B.Second? _second; }"),
            ("P/B/Second.cs", "namespace P.B; class Second { A.First? _first; }"));
        Assert.Equal(
            ["P/A -> P/B: First.cs:1 Second", "P/B -> P/A: Second.cs:1 First"],
            Assert.Single(FolderCycles.In(new ArrowReader(projects).Read())).Select(arrow => arrow.ToString()));
    }

    private static Arrow[] Arrows(string arrows) =>
    [
        .. arrows.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(
            arrow => new Arrow(new Place("P", arrow[..1]), new Place("P", arrow[1..]), "File.cs", 1, "Type")),
    ];
}
