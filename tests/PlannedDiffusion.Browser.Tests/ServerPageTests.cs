using System.Text;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>The server's page, before answers that the test writes.</summary>
public sealed class ServerPageTests(Chromium browser) : IClassFixture<Chromium>
{
    private const string Hostile =
        """</script><script>alert(1)</script><b id="stolen">b</b><img src="x" onerror="alert(2)"> <!--""";

    [Fact]
    public async Task ThePlanAppearsAsItIsWrittenAndTheSpansFillInSideBySide()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskAsync(server, "What is gold?");
        ScriptedAnswer answer = await server.NextAsync();
        Assert.Equal(("What is gold?", "planned"), (answer.Question, answer.Decoder));
        await answer.SendAsync("queued", new { id = "x", model = "demo", ahead = 2 });
        await Expect(page.Planned.Locator(".state")).ToHaveTextAsync("in the queue, 2 before it");
        await answer.SendAsync("started", new { queued_ms = 3 });
        await answer.SendAsync("plan.delta", new { round = 0, text = "<topic>use", drafted = false });
        await Expect(page.Planned.Locator(".plan")).ToHaveTextAsync("<topic>use");
        await Expect(page.Planned.Locator(".state")).ToHaveTextAsync("planning");
        await answer.SendAsync("plan.delta", new { round = 0, text = " 1", drafted = false });
        await answer.SendAsync("plan.delta", new { round = 0, text = "</topic>", drafted = true });
        await Expect(page.Planned.Locator(".plan")).ToHaveTextAsync("<topic>use 1</topic>");
        await answer.SendAsync(
            "plan.ready", new { round = 0, spans = (object[])[new { topic = "use", length = 3 }], steps = 3 });
        await Expect(page.Planned.Locator(".topic")).ToHaveTextAsync("use");
        await Expect(page.Span(0).Locator(".mask")).ToHaveCountAsync(3);

        await answer.RevealAsync(0, 1, (0, " Gold"), (2, " coins"));
        await Expect(page.Span(0).Locator(".committed")).ToHaveTextAsync("Gold");
        await Expect(page.Span(0).Locator(".provisional")).ToHaveTextAsync(" coins");
        await Expect(page.Span(0).Locator(".count")).ToHaveTextAsync("2 / 3");
        // A prefill, a token of the plan that cost a pass, and a step.
        await Expect(page.Figure("passes")).ToHaveTextAsync("3");
        await answer.RevealAsync(0, 2, (1, null));
        await Expect(page.Span(0).Locator(".part")).ToHaveCountAsync(1);
        page.Page.AssertQuietOn(server.Address);
    }

    /// <summary>A span that is complete before an earlier one stays pale, and out of the text, until then.</summary>
    [Fact]
    public async Task SpansThatCompleteOutOfOrderStayPale()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskAsync(server, "q");
        ScriptedAnswer answer = await server.NextAsync();
        await answer.PlanAsync(4, 2, 2, 2);
        await answer.RevealAsync(2, 1, (1, " six"), (0, " five"));
        await answer.CompleteSpanAsync(2, 1, "five six");
        await answer.CompleteSpanAsync(1, 2, "three four");
        await Expect(page.Span(1).Locator(".body")).ToHaveTextAsync("three four");
        foreach (int span in (int[])[1, 2])
            await Expect(page.Span(span)).ToHaveAttributeAsync("data-state", "complete");
        string pale = await page.ColourAsync(page.Span(1).Locator(".body"));
        await Expect(page.Text).ToHaveTextAsync("");

        await answer.RevealAsync(0, 3, (1, " two"));
        await Expect(page.Span(0).Locator(".provisional")).ToHaveTextAsync(" two");
        await answer.RevealAsync(0, 4, (0, " one"));
        await answer.CompleteSpanAsync(0, 4, "one two");
        await answer.SendAsync("text", new { text = "one two three four five six" });
        for (int span = 0; span < 3; span++)
            await Expect(page.Span(span)).ToHaveAttributeAsync("data-state", "committed");
        await Expect(page.Span(1).Locator(".body")).Not.ToHaveCSSAsync("color", pale);
        await Expect(page.Text).ToHaveTextAsync("one two three four five six");
        page.Page.AssertQuietOn(server.Address);
    }

    [Fact]
    public async Task TextFromOutsideNeverBecomesMarkup()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(Hostile);
        await using AskedPage page = await AskAsync(server, Hostile);
        ScriptedAnswer answer = await server.NextAsync();
        Assert.Equal(Hostile, answer.Question);
        await answer.BeginAsync();
        await answer.SendAsync("plan.delta", new { round = 0, text = Hostile, drafted = false });
        await answer.SendAsync("plan.ready", new
        {
            round = 0,
            spans = (object[])[new { topic = Hostile, length = 2 }, new { topic = "b", length = 2 }],
            steps = 2,
        });
        await answer.RevealAsync(0, 1, (1, Hostile));
        await answer.CompleteSpanAsync(1, 1, Hostile);
        await answer.SendAsync("text", new { text = Hostile });
        await answer.SendAsync("error", new { error = new { message = Hostile } });
        answer.End();
        ScriptedAnswer other = await server.NextAsync();
        await other.RefuseAsync(400, Hostile);
        await Expect(page.Planned.Locator(".problem span")).ToHaveTextAsync(Hostile);
        await Expect(page.Sequential.Locator(".problem span")).ToHaveTextAsync(Hostile);
        foreach (string place in (string[])["#model", "#planned .plan", "#planned .text", "#planned .topic >> nth=0"])
            Assert.Equal(Hostile, await page.Page.Page.Locator(place).TextContentAsync());
        Assert.Equal(Hostile, await page.Span(0).Locator(".provisional").TextContentAsync());
        Assert.Equal(Hostile, await page.Span(1).Locator(".body").TextContentAsync());
        Assert.Equal(0, await page.Page.Page.Locator("#stolen, img, main script").CountAsync());
    }

    /// <summary>The stream may come in any pieces: here by bytes, with comments and all kinds of line ends.</summary>
    [Fact]
    public async Task TheStreamMayComeInAnyPieces()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskAsync(server, "q");
        ScriptedAnswer answer = await server.NextAsync();
        const string Stream =
            ": started\n\n: keep-alive\r\n\r\nid: 1\r\nevent: started\r\ndata: {\"queued_ms\":\r\ndata: 1}\r\n\r\n"
            + "event: text\rdata:{\"text\":\"für Größe \"}\r\revent: later\ndata: {}\n\n"
            + "data: {\"text\":\"…€ 😀\"}\nevent: text\n\n";
        foreach (byte one in Encoding.UTF8.GetBytes(Stream)) await answer.WriteAsync(new byte[] { one });
        await Expect(page.Text).ToHaveTextAsync("für Größe …€ 😀");
        page.Page.AssertQuietOn(server.Address);
    }

    [Fact]
    public async Task ItWorksByKeyboard()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await OpenAsync(server);
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
        await using AskedPage page = await OpenAsync(server);
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
    public async Task AFullServerIsAskedAgain()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskAsync(server, "q");
        await (await server.NextAsync()).RefuseAsync(429, "The queue is full.", "55");
        ILocator problem = page.Planned.Locator(".problem");
        await Expect(problem).ToContainTextAsync("The queue is full. Asking again in 5");
        await Expect(page.Planned.Locator(".state")).ToHaveTextAsync("the server is full");
        await problem.GetByRole(AriaRole.Button).ClickAsync();
        await (await server.NextAsync()).RefuseAsync(503, "demo is still loading.", "1"); // and now by itself
        ScriptedAnswer answer = await server.NextAsync();
        await answer.BeginAsync();
        await Expect(problem).ToBeHiddenAsync();
        await Expect(page.Planned.Locator(".state")).ToHaveTextAsync("reading the question");
    }

    [Fact]
    public async Task ALostConnectionIsSaidAndWhatHasArrivedStays()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskAsync(server, "q");
        ScriptedAnswer answer = await server.NextAsync();
        await answer.PlanAsync(2, 2);
        await answer.RevealAsync(0, 1, (0, " kept"));
        await Expect(page.Span(0).Locator(".committed")).ToHaveTextAsync("kept");
        answer.Break();
        await Expect(page.Planned.Locator(".problem span")).ToHaveTextAsync(
            "The connection was lost. What has arrived is kept.");
        await Expect(page.Span(0).Locator(".committed")).ToHaveTextAsync("kept");
        ScriptedAnswer other = await server.NextAsync(); // an end without "completed" is one, too
        await other.BeginAsync();
        other.End();
        await Expect(page.Sequential.Locator(".state")).ToHaveTextAsync("lost");
        await page.Planned.Locator(".problem button").ClickAsync();
        Assert.Equal("planned", (await server.NextAsync()).Decoder);
        await Expect(page.Planned.Locator(".problem")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task AKeyIsAskedForAndSent()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskAsync(server, "q");
        IPage form = page.Page.Page;
        await Expect(form.Locator("input[name=key]")).ToBeHiddenAsync();
        await (await server.NextAsync()).RefuseAsync(401, "No API key.");
        await Expect(form.Locator("input[name=key]")).ToBeFocusedAsync();
        await (await server.NextAsync()).RefuseAsync(401, "No API key.");
        await Expect(form.Locator("#submit")).ToBeVisibleAsync();
        await form.FillAsync("input[name=key]", "sk-1");
        await page.AskAsync("q");
        Assert.Equal("Bearer sk-1", (await server.NextAsync()).Authorization);
        Assert.DoesNotContain(
            "sk-1", await form.EvaluateAsync<string>("() => JSON.stringify(localStorage)"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheChainIsDrawnAndReplayed()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskAsync(server, "q");
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
        await using AskedPage page = await AskAsync(server, new string('x', 300), scheme);
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
        await using AskedPage page = await OpenAsync(server);
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
    private static System.Text.RegularExpressions.Regex Marks(int count) => new($"^(M[^M]+){{{count}}}$");

    private async Task<AskedPage> OpenAsync(ScriptedServer server, ColorScheme scheme = ColorScheme.Light) =>
        new(await browser.OpenAsync(server.Address, scheme));

    private async Task<AskedPage> AskAsync(
        ScriptedServer server, string question, ColorScheme scheme = ColorScheme.Light)
    {
        AskedPage page = await OpenAsync(server, scheme);
        await page.AskAsync(question);
        return page;
    }
}
