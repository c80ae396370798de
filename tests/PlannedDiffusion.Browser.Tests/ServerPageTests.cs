using System.Text;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>The server's page, before answers that the test writes: what it shows of them.</summary>
public sealed class ServerPageTests(Chromium browser) : IClassFixture<Chromium>
{
    private const string Hostile =
        """</script><script>alert(1)</script><b id="stolen">b</b><img src="x" onerror="alert(2)"> <!--""";

    [Fact]
    public async Task ThePlanAppearsAsItIsWrittenAndTheSpansFillInSideBySide()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, "What is gold?");
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
        Assert.Equal("Gold", await page.Span(0).Locator(".committed").TextContentAsync()); // no blank at the beginning
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
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, "q");
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
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, Hostile);
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
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, "q");
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
    public async Task EachRoundHasItsPlanAndItsSpans()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, "q");
        ScriptedAnswer answer = await server.NextAsync();
        await answer.PlanAsync(1, 1, 1);
        await answer.RevealAsync(0, 1, (0, "one"));
        await answer.CompleteSpanAsync(0, 1, "one");
        await answer.CompleteSpanAsync(1, 1, "two");
        await answer.SendAsync("plan.delta", new { round = 1, text = "<second>", drafted = false });
        await answer.SendAsync(
            "plan.ready", new { round = 1, spans = (object[])[new { topic = "c", length = 2 }], steps = 2 });
        await answer.SendAsync(
            "span.reveal",
            new { round = 1, span = 0, step = 1, at = (int[])[0], ids = (int[])[7], text = (string[])["x"] });
        ILocator rounds = page.Planned.Locator(".round");
        await Expect(rounds.Locator("h3")).ToHaveTextAsync(["Plan 1", "Plan 2"]);
        await Expect(rounds.Nth(1).Locator(".plan")).ToHaveTextAsync("<second>");
        await Expect(rounds.Nth(1).Locator(".committed")).ToHaveTextAsync("x"); // all before it is there
        // A prefill and a step; then the sync, whose pass drew the plan's first token, and a step.
        await Expect(page.Figure("passes")).ToHaveTextAsync("4");
        page.Page.AssertQuietOn(server.Address);
    }
}
