using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>The server's page before a server that refuses, breaks off, or asks for a key.</summary>
public sealed class ServerPageFailureTests(Chromium browser) : IClassFixture<Chromium>
{
    [Fact]
    public async Task AFullServerIsAskedAgain()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, "q");
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
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, "q");
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
        await using AskedPage page = await AskedPage.AskAsync(browser, server.Address, "q");
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
}
