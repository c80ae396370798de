using PlannedDiffusion.Architecture.Tests.Rules;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Checks;

public sealed class FloorPlanTextTests
{
    private static readonly ProjectPlan[] Plans =
    [
        new("P", new FolderPlan("Top", "all of it")),
        new("Q",
            new FolderPlan("", "the door", "A", "A/X", "B/X", "B/Y") { Elsewhere = ["P/Top", "R"] },
            new FolderPlan("A/X", "deep"))
        {
            Elsewhere = ["P/Low/A", "P/Low/B"],
        },
    ];

    private const string Text = FloorPlanText.Begin + """


        | P | what lies there | may use |
        |---|---|---|
        | `Top` | all of it |  |

        | Q | what lies there | may use |
        |---|---|---|
        | (its own folder) | the door | A, A/X, B/{X, Y}; of P: Top; of R: its own folder |
        | `A/X` | deep |  |
        | each | | of P: Low/{A, B} |


        """ + FloorPlanText.End;

    [Fact]
    public void APlanIsATable() => Assert.Equal(Text, FloorPlanText.Of(Plans));

    [Fact]
    public void ThePageContainsIt()
    {
        Assert.Equal(Text, FloorPlanText.In($"# Page\n\n{Text}\n\nMore.\n"));
        Assert.Equal("", FloorPlanText.In("# Page\n"));
        Assert.NotEqual(Text, FloorPlanText.In(Text.Replace("deep", "shallow", StringComparison.Ordinal)));
    }
}
