using PlannedDiffusion.Architecture.Tests.Rules;
using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Documents;

/// <summary>Pages can be read in a terminal. Rows of tables cannot be broken, and may be wider.</summary>
public sealed class ReadabilityTests
{
    private const int Columns = 120;

    [Fact]
    public void PagesStayWithin120Columns()
    {
        Expect.None(
            from page in Page.All
            where page.Name is "README.md" or "CONTRIBUTING.md" or "CHANGELOG.md" || page.Folder == "docs"
            from line in page.Lines.Index()
            where !line.Item.StartsWith('|') && line.Item.EnumerateRunes().Count() > Columns
            select $"{page.Name}:{line.Index + 1}");
    }
}
