using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Checks;

/// <summary>What counts as a use of another folder, and what does not.</summary>
public sealed class ArrowReaderTests
{
    private static readonly (string, string) Tool = ("P/Tools/Tool.cs",
        """
        namespace P.Tools;
        public class Tool(int size)
        {
            public static int Count;
            public int Size => size;
            public static Tool operator +(Tool a, Tool b) => a;
            public static explicit operator int(Tool tool) => tool.Size;
            public int this[int i] => i;
            public System.Collections.Generic.IEnumerator<int> GetEnumerator() { yield return size; }
            public class Part;
        }
        public static class Extensions { public static int Twice(this int x) => 2 * x; }
        public class MarkAttribute : System.Attribute;
        """);

    /// <summary>Has tools, so that others need not name them.</summary>
    private static readonly (string, string) Shop = ("P/Shops/Shop.cs",
        "namespace P.Shops; public class Shop { public static P.Tools.Tool Buy() => new(1); " +
        "public static void Sell(P.Tools.Tool? tool) { } }");

    [Theory]
    [InlineData("class User { Tool? _tool; }", "Tool")]
    [InlineData("class User() : Tool(1);", "Tool")]
    [InlineData("class User : Tool { User() : base(1) { } }", "Tool")]
    [InlineData("class User { int Read() => Tool.Count; }", "Tool")]
    [InlineData("class User { string Name => nameof(Tool); }", "Tool")]
    [InlineData("class User { int Read() => 3.Twice(); }", "Extensions")]
    [InlineData("class User { int Read() => Extensions.Twice(3); }", "Extensions")]
    [InlineData("[Mark] class User;", "MarkAttribute")]
    [InlineData("class User { System.Collections.Generic.List<Tool[]>? _tools; }", "Tool")]
    [InlineData("unsafe class User { delegate*<Tool, void> _call; }", "Tool")]
    [InlineData("class User { Tool.Part? _part; }", "Part")]
    [InlineData("class User<T> where T : Tool;", "Tool")]
    public void ATypeOrMemberIsAnArrow(string user, string type) => Assert.Contains(
        $"P/Users -> P/Tools: User.cs:3 {type}",
        MemorySources.Arrows(Tool, ("P/Users/User.cs", $"using P.Tools;\nnamespace P.Users;\n{user}")));

    [Theory]
    [InlineData("var tool = Shop.Buy();")]
    [InlineData("_ = Shop.Buy().Size;")]
    [InlineData("_ = Shop.Buy() + Shop.Buy();")]
    [InlineData("_ = Shop.Buy()[0];")]
    [InlineData("_ = (int)Shop.Buy();")]
    [InlineData("foreach (int i in Shop.Buy()) { }")]
    [InlineData("Shop.Sell(new(1));")]
    [InlineData("System.Action<P.Shops.Shop> a = x => { var tools = new[] { Shop.Buy() }; };")]
    public void ATypeThatIsNotNamedIsAnArrow(string use) => Assert.Contains(
        "P/Users -> P/Tools: User.cs:1 Tool",
        MemorySources.Arrows(Tool, Shop,
            ("P/Users/User.cs", $"namespace P.Users; using P.Shops; class User {{ void Use() {{ {use} }} }}")));

    [Theory]
    [InlineData("class User;")]
    [InlineData("/// <summary>As <see cref=\"Tool\"/>.</summary>\nclass User;")]
    [InlineData("class User { void Use() => Shop.Sell(null); }")]
    [InlineData("class User { const string Tool = \"Tool\"; string Read() => Tool; }")]
    public void WhatIsNotBoundIsNone(string user) => Assert.DoesNotContain(
        MemorySources.Arrows(
            Tool, Shop, ("P/Users/User.cs", $"using P.Tools;\nusing P.Shops;\nnamespace P.Users;\n{user}")),
        arrow => arrow.StartsWith("P/Users -> P/Tools", StringComparison.Ordinal));

    [Fact]
    public void FoldersInFoldersAreFoldersOfTheirOwn() => Assert.Equal(
        ["P/A -> P/A/B: Outer.cs:1 Inner", "P/A/B -> P: Inner.cs:1 Root"],
        MemorySources.Arrows(
            ("P/Root.cs", "namespace P; class Root;"),
            ("P/A/B/Inner.cs", "namespace P.A.B; class Inner : Root;"),
            ("P/A/Outer.cs", "namespace P.A; class Outer { B.Inner? _inner; }"),
            ("P/A/Beside.cs", "namespace P.A; class Beside { Outer? _outer; }")));

    [Fact]
    public void ProjectsSeeEachOther() => Assert.Equal(
        ["Q/Users -> P/Tools: User.cs:1 Secret"],
        MemorySources.Arrows(
            ("P/Tools/Secret.cs", "namespace P.Tools; internal class Secret;"),
            ("Q/Users/User.cs", "namespace Q.Users; class User { P.Tools.Secret? _secret; }")));

    /// <summary>The generators run, and what they write belongs to the folder of the type that they complete.</summary>
    [Fact]
    public void GeneratedSourcesCount()
    {
        string[] arrows = MemorySources.Arrows(
            ("P/Reports/Report.cs", "namespace P.Reports; public record Report(Part Part); public record Part(int X);"),
            ("P/Json/ReportJson.cs",
                """
                using System.Text.Json.Serialization;
                namespace P.Json;
                [JsonSerializable(typeof(Reports.Report))]
                internal sealed partial class ReportJson : JsonSerializerContext;
                """),
            ("P/Native/Library.cs",
                """
                using System.Runtime.InteropServices;
                using System.Text.RegularExpressions;
                namespace P.Native;
                internal static partial class Library
                {
                    [LibraryImport("c", StringMarshalling = StringMarshalling.Utf8)]
                    internal static partial int open(string path);

                    [GeneratedRegex("a+")]
                    internal static partial Regex Name();
                }
                """));
        Assert.Contains("P/Json -> P/Reports: ReportJson.cs:3 Report", arrows);
        Assert.Contains("P/Json -> P/Reports: ReportJson.Part.g.cs:13 Part", arrows);
        Assert.All(arrows, arrow => Assert.StartsWith("P/Json -> P/Reports: ", arrow, StringComparison.Ordinal));
    }
}
