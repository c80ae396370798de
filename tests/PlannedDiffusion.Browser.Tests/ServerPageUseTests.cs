using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>The server's page in use: keys, settings, the replay, small screens and the dark.</summary>
public sealed class ServerPageUseTests(Chromium browser) : IClassFixture<Chromium>
{
    [Fact]
    public async Task ItWorksByKeyboard()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskedPage.OpenAsync(browser, server.Address);
        IPage keys = page.Page.Page;
        await Expect(keys.Locator("#question")).ToBeFocusedAsync();
        await keys.Keyboard.TypeAsync("one");
        await keys.Keyboard.PressAsync("Shift+Enter");
        await keys.Keyboard.TypeAsync("two");
        await keys.Keyboard.PressAsync("Enter");
        ScriptedAnswer answer = await server.NextAsync();
        Assert.Equal("one\ntwo", answer.Question);
        await answer.PlanAsync(4, 2);
        await answer.RevealAsync(0, 1, (0, " kept"));
        await Expect(page.Span(0).Locator(".committed")).ToHaveTextAsync("kept");

        await keys.Keyboard.PressAsync("Escape");
        await answer.Left; // so the engine cancels
        await Expect(page.Planned.Locator(".state")).ToHaveTextAsync("stopped");
        await Expect(page.Sequential.Locator(".state")).ToHaveTextAsync("not asked");
        await Expect(page.Span(0).Locator(".committed")).ToHaveTextAsync("kept");
        await Expect(keys.Locator("#status")).ToHaveTextAsync("Stopped.");
        await Expect(keys.Locator("#question")).ToBeFocusedAsync();

        // Everything that can be used is reached by the Tab key, and says where it is.
        HashSet<string> reached = [];
        for (int i = 0; i < 16; i++)
        {
            await keys.Keyboard.PressAsync("Tab");
            reached.Add(await keys.EvaluateAsync<string>("""
                () => {
                  const one = document.activeElement;
                  const isMarked = one === document.body || getComputedStyle(one).outlineStyle !== "none"
                    || getComputedStyle(one.parentElement).boxShadow !== "none"; // the question's box
                  return isMarked ? one.name || one.id : `unmarked: ${one.outerHTML}`;
                }
                """));
        }

        Assert.Superset(new HashSet<string>(["submit", "preset", "ratio", "temperature", "seed", "compare", "axis"]),
            reached);
        Assert.DoesNotContain(reached, one => one.StartsWith("unmarked", StringComparison.Ordinal));
        page.Page.AssertQuietOn(server.Address);
    }

    [Fact]
    public async Task SettingsAreSentAndKept()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskedPage.OpenAsync(browser, server.Address);
        IPage form = page.Page.Page;
        await form.CheckAsync("input[value=fast]");
        await form.FillAsync("input[name=ratio]", "0.5");
        await form.FillAsync("input[name=temperature]", "0.7");
        await form.FillAsync("input[name=seed]", "42");
        await form.SelectOptionAsync("select[name=compare]", "together");
        await form.Locator("#seed").Or(form.Locator("input[name=seed]")).BlurAsync();
        await page.AskAsync("q");
        ScriptedAnswer[] both = [await server.NextAsync(), await server.NextAsync()];
        ScriptedAnswer planned = both.Single(one => one.Decoder == "planned");
        Assert.Equal(
            """{"model":"demo","messages":[{"role":"user","content":"q"}],"temperature":0.7,"seed":42,"""
            + """ "planned":{"decoder":"planned","preset":"fast","steps_ratio":0.5}}""".TrimStart(),
            planned.Body.GetRawText());
        Assert.Equal("ar", both.Single(one => one != planned).Decoder);

        await form.ReloadAsync();
        await Expect(form.Locator("input[value=fast]")).ToBeCheckedAsync();
        await Expect(form.Locator("input[name=seed]")).ToHaveValueAsync("42");
        await form.SelectOptionAsync("select[name=compare]", "none");
        await page.AskAsync("alone");
        ScriptedAnswer alone = await server.NextAsync();
        await alone.BeginAsync();
        await Expect(page.Sequential).ToBeHiddenAsync();
        await form.FillAsync("input[name=ratio]", "2"); // above 1: the browser says so, and nothing is asked
        await alone.CompleteAsync("x", "prefill");
        await Expect(form.Locator("#submit")).ToBeVisibleAsync();
        await page.AskAsync("refused");
        Assert.False(await form.EvaluateAsync<bool>("() => document.getElementById('ask').checkValidity()"));
        await Expect(form.Locator("#submit")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task TheChainIsDrawnAndReplayed()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, "q");
        ScriptedAnswer answer = await server.NextAsync();
        await answer.PlanAsync(2, 2);
        ILocator lanes = page.Page.Page.Locator("#lanes .lane");
        await Expect(lanes.First).ToHaveAttributeAsync("data-passes", "1");
        await Expect(lanes.First.Locator(".ahead")).ToHaveAttributeAsync("d", Marks(2));
        await answer.RevealAsync(0, 1, (0, " one"));
        await answer.RevealAsync(0, 2, (1, " two"));
        await answer.CompleteSpanAsync(0, 2, "one two");
        await answer.SendAsync("text", new { text = "one two" });
        await answer.CompleteAsync("one two", "prefill", "denoise", "denoise");
        ScriptedAnswer other = await server.NextAsync();
        Assert.Equal("ar", other.Decoder);
        await other.BeginAsync();
        foreach (string word in (string[])["one", " two", " three", " four", " five", " six"])
            await other.SendAsync("text", new { text = word });
        await other.CompleteAsync(
            "one two three four five six",
            ["prefill", .. Enumerable.Repeat("autoregressive", 5)]);
        await Expect(lanes.Nth(0).Locator(".denoise")).ToHaveAttributeAsync("d", Marks(2));
        await Expect(lanes.Nth(1).Locator(".autoregressive")).ToHaveAttributeAsync("d", Marks(5));
        await Expect(page.Page.Page.Locator("#verdict")).ToHaveTextAsync(
            "3 passes planned, 6 one token at a time: 2.0 times fewer. 30 ms against 60 ms: 2.0 times the speed.");

        ILocator moment = page.Page.Page.Locator("#moment");
        await moment.FillAsync("100"); // of 200: after 30 ms the first has ended, and the other is half way
        await Expect(page.Sequential.Locator(".text")).ToHaveTextAsync("one two three");
        await Expect(page.Text).ToHaveTextAsync("one two");
        await moment.FillAsync("70");
        await Expect(page.Span(0).Locator(".mask")).ToHaveCountAsync(1);
        await Expect(page.Figure("passes")).ToHaveTextAsync("2");
        await moment.FocusAsync();
        await page.Page.Page.Keyboard.PressAsync("Home");
        await Expect(page.Figure("passes")).ToHaveTextAsync("0");
        await page.Page.Page.Keyboard.PressAsync("End");
        await Expect(page.Sequential.Locator(".text")).ToHaveTextAsync("one two three four five six");
        await page.Page.Page.CheckAsync("input[value=time]");
        await Expect(page.Page.Page.Locator("#lanes")).ToContainTextAsync("60 ms");
        await page.Page.Page.SelectOptionAsync("#speed", "1");
        await page.Page.Page.ClickAsync("#play"); // from the beginning to the end
        await Expect(page.Page.Page.Locator("#play")).ToHaveTextAsync("Replay");
        await Expect(page.Text).ToHaveTextAsync("one two");
        page.Page.AssertQuietOn(server.Address);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task ItIsLegibleInTheDarkAndOnASmallScreen(ColorScheme scheme)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, new string('x', 300), scheme);
        ScriptedAnswer answer = await server.NextAsync();
        await answer.PlanAsync(4, 3, 3);
        await answer.RevealAsync(0, 1, (0, " committed"), (2, " provisional"));
        await answer.CompleteSpanAsync(1, 1, new string('y', 200));
        await answer.SendAsync("text", new { text = "committed" });
        await Expect(page.Text).ToHaveTextAsync("committed");
        await page.Page.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.Reduce });
        double[] contrast = await page.Page.Page.EvaluateAsync<double[]>(ContrastScript);
        Assert.All(contrast, ratio => Assert.InRange(ratio, 4.5, 21)); // WCAG AA
        Assert.NotEqual(
            await page.ColourAsync(page.Span(0).Locator(".committed")),
            await page.ColourAsync(page.Span(0).Locator(".provisional")));
        foreach (int width in (int[])[1240, 700, 390, 320])
        {
            await page.Page.Page.SetViewportSizeAsync(width, 800);
            Assert.True(await page.Page.Page.EvaluateAsync<bool>(
                "() => document.documentElement.scrollWidth <= window.innerWidth"), $"{width}");
        }

        page.Page.AssertQuietOn(server.Address);
    }

    [Fact]
    public async Task NothingMovesForThoseWhoWantItSo()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskedPage.OpenAsync(browser, server.Address);
        await page.Page.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.Reduce });
        await page.AskAsync("q");
        ScriptedAnswer answer = await server.NextAsync();
        await answer.PlanAsync(4, 3);
        await answer.RevealAsync(0, 1, (1, " pale"));
        await Expect(page.Span(0).Locator(".provisional")).ToHaveCSSAsync("transition-duration", "0s");
    }

    private const string ContrastScript =
        """
        () => ["h1", "#model", "#examples button", ".settings label", "#verdict", "#planned h2", "#planned .state",
            ".figures dd", ".figures dt", "p.plan", "p.plan .tag", ".topic", ".count", ".provisional", ".committed",
            ".span[data-state=complete] .body", "#planned .text", "#lanes text", "#lanes text.soft", "#stop"]
          .map(selector => {
            const element = document.querySelector(selector), style = getComputedStyle(element);
            const behind = [];
            for (let one = element; one; one = one.parentElement) behind.push(getComputedStyle(one).backgroundColor);
            const luminance = colour => {
              const parts = colour.match(/[\d.]+/g).slice(0, 3).map(Number).map(part => part / 255)
                .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
              return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
            };
            const ground = behind.find(colour => colour !== "rgba(0, 0, 0, 0)");
            const both = [luminance(element instanceof SVGElement ? style.fill : style.color), luminance(ground)]
              .sort((a, b) => b - a);
            return (both[0] + 0.05) / (both[1] + 0.05);
          })
        """;

    /// <summary>A path with so many marks.</summary>
    private static Regex Marks(int count) => new($"^(M[^M]+){{{count}}}$");

    private async Task<AskedPage> OpenAsync(ScriptedServer server, ColorScheme scheme = ColorScheme.Light) =>
        new(await browser.OpenAsync(server.Address, scheme));

    private async Task<AskedPage> AskAsync(
        ScriptedServer server, string question, ColorScheme scheme = ColorScheme.Light)
    {
        AskedPage page = await OpenAsync(server, scheme);
        await page.AskAsync(question);
        return page;
    }

    [Fact]
    public async Task OneOfSeveralModelsIsChosen()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync("small", "large");
        await using AskedPage page = await AskedPage.OpenAsync(browser, server.Address);
        await page.Page.Page.SelectOptionAsync("select[name=model]", "large");
        await page.AskAsync("q");
        Assert.Equal("large", (await server.NextAsync()).Body.GetProperty("model").GetString());
    }
}
