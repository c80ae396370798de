using PlannedDiffusion.Architecture.Tests.Rules;
using PlannedDiffusion.Architecture.Tests.Sources;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Checks;

public sealed class FileRulesTests
{
    [Theory]
    [InlineData(400, 120, "")]
    [InlineData(401, 1, "src/File.cs has 401 lines")]
    [InlineData(1, 121, "src/File.cs:1 is wider than 120 columns")]
    public void LongFilesAndWideLinesFail(int lines, int columns, string expected)
    {
        string text = string.Concat(Enumerable.Repeat(new string('x', columns) + "\n", lines));
        SourceFile file = new(Repository.PathTo("src", "File.cs"), text);
        Assert.Equal(expected, string.Join('\n', FileRules.Violations([file])));
    }

    [Fact]
    public void ACharacterOfTwoUnitsIsOneColumn()
    {
        SourceFile file = new(Repository.PathTo("src", "File.cs"), string.Concat(Enumerable.Repeat("\U0001F600", 120)));
        Assert.Empty(FileRules.Violations([file]));
    }
}
