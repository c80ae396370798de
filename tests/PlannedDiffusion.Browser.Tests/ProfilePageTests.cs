using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Cli;
using Xunit;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>The page of <c>pd profile --html</c> in a browser: quiet, legible, and true to the JSON.</summary>
public sealed class ProfilePageTests(Chromium browser, CliModel model)
    : IClassFixture<Chromium>, IClassFixture<CliModel>
{
    private const string Hostile =
        """</script><script>alert(1)</script><b id="stolen">b</b><img src="x" onerror="alert(2)"> {{profile}} <!--""";

    private const string Workload =
        """
        {"id":7,"prompt_tokens":9,"plan_tokens":14,"rounds":[[20,10],[30]]}
        {"id":8,"prompt_tokens":5,"plan_tokens":9,"rounds":[[10,10]]}
        """;

    private static readonly (string Field, string[] Path)[] Fields =
    [
        ("tokens", ["path", "tokens"]), ("passes", ["path", "passes"]), ("drafted", ["path", "drafted"]),
        ("kept", ["path", "kept"]), ("rowsPerPass", ["path", "rowsPerPass"]),
        ("tokensPerPass", ["path", "tokensPerPass"]), ("idealSpeedup", ["account", "idealSpeedup"]),
        ("stepCost", ["account", "stepCost"]), ("achievedSpeedup", ["account", "achievedSpeedup"]),
    ];

    private static readonly string[] MillisecondFields = ["seconds", "hostSeconds", "idleSeconds"];

    private static readonly string[] Causes = ["heavierSteps", "planning", "prefill", "host", "idle"];

    [Fact]
    public async Task ItRendersQuietlyWithTheNumbersOfTheJson()
    {
        using var folder = new TemporaryDirectory();
        (JsonElement report, WatchedPage page) = await Open(folder, Workload);
        await AssertTables(page, report.GetProperty("total"));
        await AssertWaterfall(page, report.GetProperty("total"));
        for (int i = 0; i < 2; i++)
        {
            JsonElement request = report.GetProperty("requests")[i];
            await page.Page.SelectOptionAsync("#request", $"{i}");
            await AssertTables(page, request.GetProperty("runs"));
            await AssertWaterfall(page, request.GetProperty("runs"));
            int spans = request.GetProperty("runs").EnumerateArray().Sum(run => run.GetProperty("rounds")
                .EnumerateArray().Sum(round => round.GetProperty("spans").GetArrayLength()));
            Assert.Equal(spans, await page.Page.Locator("#timeline rect[data-span]").CountAsync());
        }

        Assert.Equal(["planned", "dense"], await page.Page.Locator("#summary h2").AllInnerTextsAsync());
        string clock = report.GetProperty("clock").GetString()!;
        Assert.Contains($"times from {clock} ", await page.Page.InnerTextAsync("#origin"), StringComparison.Ordinal);
        page.AssertQuiet();
    }

    /// <summary>Drafts are told with each stage that has some, and with what chose the tokens to reveal.</summary>
    [Fact]
    public async Task DraftsAndPolicyAreTold()
    {
        using var folder = new TemporaryDirectory();
        (JsonElement report, WatchedPage page) = await Open(folder, Workload);
        JsonElement run = report.GetProperty("requests")[0].GetProperty("runs")[1];
        int drafted = (int)Number(run, "path", "drafted"), kept = (int)Number(run, "path", "kept");
        Assert.InRange(kept, 1, drafted - 1);
        const string Bars = "#timeline rect[data-decoder=planned][data-stage]";
        IReadOnlyList<string> titles = await page.Page.Locator($"{Bars} title").AllTextContentsAsync();
        int[][] told = [.. titles.Select(title => Regex.Match(title, ", ([0-9]+) of ([0-9]+) drafts kept$"))
            .Where(match => match.Success)
            .Select(match => (int[])[.. match.Groups.Values.Skip(1).Select(group => int.Parse(
                group.Value, CultureInfo.InvariantCulture))])];
        Assert.Equal((kept, drafted), (told.Sum(one => one[0]), told.Sum(one => one[1])));
        await page.Page.SelectOptionAsync("#request", "0");
        await AssertCell(page, "tr[data-decoder=planned] td[data-field=wasted]", drafted - kept);

        JsonElement all = report.GetProperty("total")[1].GetProperty("path");
        string card = await page.Page.InnerTextAsync("#summary section[data-decoder=planned]");
        Assert.EndsWith(
            $"policy entropy, {Number(all, "kept")} of {Number(all, "drafted")} drafts kept",
            card.Trim(),
            StringComparison.Ordinal);
        page.AssertQuiet();
    }

    /// <summary>By passes, the stages are as long as they have passes; by time, as long as they took.</summary>
    [Fact]
    public async Task TheTimelineIsToScale()
    {
        using var folder = new TemporaryDirectory();
        (JsonElement report, WatchedPage page) = await Open(folder, Workload);
        await page.Page.SelectOptionAsync("#request", "1");
        JsonElement runs = report.GetProperty("requests")[1].GetProperty("runs");
        const string Steps = "#timeline rect[data-decoder=ar][data-stage=autoregressive]";
        const string Denoise = "#timeline rect[data-decoder=planned][data-stage=denoise]";
        double steps = Number(runs[0], "path", "stages", "autoregressive", "passes");
        double denoise = Number(runs[1], "path", "stages", "denoise", "passes");
        double[] took = [Took(runs[0], "autoregressive"), Took(runs[1], "denoise")], widths = await Widths();
        double scale = widths.Max() / took.Max();
        // The shorter bar is to scale, unless it would be too thin to be seen.
        Assert.Equal(Math.Max(took.Min() * scale, 0.75), widths.Min(), 0.01 * widths.Min());
        Assert.Equal(took[0] < took[1], widths[0] < widths[1]);
        await page.Page.CheckAsync("input[value=passes]");
        widths = await Widths();
        Assert.Equal(denoise / steps, widths[1] / widths[0], 1e-6);
        page.AssertQuiet();

        async Task<double[]> Widths() =>
            [await page.NumberAsync(Steps, "width"), await page.NumberAsync(Denoise, "width")];
    }

    [Fact]
    public async Task TextOfAPromptStaysText()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("page.html");
        (await CliRun.Of(
            "profile", Hostile, "--plan", "</title><b id=\"stolen\">:4", "-m", model.Path, "--repetitions", "1",
            "--device", "cpu", "--threads", "1", "--json", "--html", file)).AssertSuccess();
        WatchedPage page = await browser.OpenAsync(file);
        Assert.Equal(0, await page.Page.Locator("#stolen, img").CountAsync());
        string option = (await page.Page.Locator("#request option").First.TextContentAsync())!;
        Assert.StartsWith(Hostile[..80], option, StringComparison.Ordinal);
        string title = (await page.Page.Locator("#timeline rect[data-span] title").First.TextContentAsync())!;
        Assert.StartsWith("</title><b id=\"stolen\">: 4 tokens", title, StringComparison.Ordinal);
        page.AssertQuiet();
    }

    [Fact]
    public async Task ItIsLegibleInTheDarkAndOnASmallScreen()
    {
        using var folder = new TemporaryDirectory();
        (_, WatchedPage light) = await Open(folder, Workload);
        (_, WatchedPage dark) = await Open(folder, Workload, ColorScheme.Dark);
        foreach (WatchedPage page in (WatchedPage[])[light, dark])
        {
            double[] contrast = await page.Page.EvaluateAsync<double[]>(
                """
                () => ["h1", "p.soft", "td", "#timeline text", "#waterfall text"].map(selector => {
                  const element = document.querySelector(selector), style = getComputedStyle(element);
                  const card = element.closest("section") ?? document.body;
                  const luminance = colour => {
                    const parts = colour.match(/\d+/g).slice(0, 3).map(Number).map(part => part / 255)
                      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
                  };
                  const both = [luminance(element instanceof SVGElement ? style.fill : style.color),
                    luminance(getComputedStyle(card).backgroundColor)].sort((a, b) => b - a);
                  return (both[0] + 0.05) / (both[1] + 0.05);
                })
                """);
            Assert.All(contrast, ratio => Assert.InRange(ratio, 4.5, 21)); // WCAG AA
            await page.Page.SetViewportSizeAsync(390, 800);
            Assert.True(await page.Page.EvaluateAsync<bool>(
                "() => document.documentElement.scrollWidth <= window.innerWidth"));
            page.AssertQuiet();
        }

        const string Background = "() => getComputedStyle(document.body).backgroundColor";
        Assert.NotEqual(
            await light.Page.EvaluateAsync<string>(Background), await dark.Page.EvaluateAsync<string>(Background));
    }

    private async Task<(JsonElement Report, WatchedPage Page)> Open(
        TemporaryDirectory folder, string workload, ColorScheme scheme = ColorScheme.Light)
    {
        string file = folder.File("workload.jsonl"), page = folder.File("page.html");
        await File.WriteAllTextAsync(file, workload, TestContext.Current.CancellationToken);
        JsonElement report = (await CliRun.Of(
            "profile", "--workload", file, "--decoders", "planned,dense", "-m", model.Path, "--repetitions", "1",
            "--device", "cpu", "--threads", "1", "--json", "--html", page)).Json();
        return (report, await browser.OpenAsync(page, scheme));
    }

    private static async Task AssertTables(WatchedPage page, JsonElement entries)
    {
        foreach (JsonElement entry in entries.EnumerateArray())
        {
            string row = $"tr[data-decoder={entry.GetProperty("decoder").GetString()}]";
            foreach ((string field, string[] path) in Fields)
                await AssertCell(page, $"{row} td[data-field={field}]", Number(entry, path));
            foreach (string field in MillisecondFields)
                await AssertCell(page, $"{row} td[data-field={field}]", 1e3 * Number(entry, "path", field));
            foreach (JsonProperty stage in entry.GetProperty("path").GetProperty("stages").EnumerateObject())
            {
                string name = stage.Name == "autoregressive" ? "denoise" : stage.Name;
                await AssertCell(
                    page, $"#passes {row} td[data-field={name}]", stage.Value.GetProperty("passes").GetDouble());
                await AssertCell(
                    page, $"#times {row} td[data-field={name}]", 1e3 * stage.Value.GetProperty("seconds").GetDouble());
            }
        }
    }

    /// <summary>The text of a cell is the number, rounded to the digits that it shows.</summary>
    private static async Task AssertCell(WatchedPage page, string selector, double expected)
    {
        string text = (await page.TextAsync(selector)).TrimEnd('×');
        int point = text.IndexOf('.', StringComparison.Ordinal);
        double half = 0.5 * Math.Pow(10, point < 0 ? 0 : point + 1 - text.Length);
        Assert.Equal(expected, double.Parse(text, CultureInfo.InvariantCulture), half + 1e-9);
    }

    /// <summary>Each bar begins where the one above ends, and all are to scale.</summary>
    private static async Task AssertWaterfall(WatchedPage page, JsonElement entries)
    {
        JsonElement[] others = [.. entries.EnumerateArray().Skip(1)];
        Assert.Equal(
            others.Length * (Causes.Length + 3), await page.Page.Locator("#waterfall rect").CountAsync());
        foreach (JsonElement entry in others)
        {
            string bar = $"#waterfall rect[data-decoder={entry.GetProperty("decoder").GetString()}][data-term=";
            double zero = await page.NumberAsync($"{bar}measured]", "x");
            double scale = await page.NumberAsync($"{bar}measured]", "width") / Number(entry, "path", "seconds");
            double at = Number(entry, "account", "idealSeconds");
            Assert.Equal(at * scale, await page.NumberAsync($"{bar}ideal]", "width"), 0.76);
            foreach (string cause in Causes)
            {
                double term = Number(entry, "account", "gap", cause);
                double left = Math.Min(at, at + term);
                Assert.Equal(left * scale, await page.NumberAsync($"{bar}{cause}]", "x") - zero, 1e-3);
                Assert.Equal(Math.Abs(term) * scale, await page.NumberAsync($"{bar}{cause}]", "width"), 0.76);
                at += term;
            }

            Assert.Equal(Number(entry, "path", "seconds"), at, 1e-9);
        }
    }

    private static double Took(JsonElement run, string stage)
    {
        JsonElement passes = run.GetProperty("passes");
        int[] own = [.. passes.GetProperty("stage").EnumerateArray().Index()
            .Where(one => one.Item.GetString() == stage).Select(one => one.Index)];
        double start = passes.GetProperty("start")[own[0]].GetDouble();
        return passes.GetProperty("start")[own[^1]].GetDouble() + passes.GetProperty("seconds")[own[^1]].GetDouble()
            - start;
    }

    private static double Number(JsonElement element, params string[] path)
    {
        foreach (string name in path) element = element.GetProperty(name);
        return element.GetDouble();
    }
}
