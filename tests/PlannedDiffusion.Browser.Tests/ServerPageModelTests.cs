using System.Text.Json;
using Microsoft.Playwright;
using PlannedDiffusion.Server.Tests;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>The server's page before the real server, with the demo checkpoint.</summary>
public sealed class ServerPageModelTests(Chromium browser) : IClassFixture<Chromium>
{
    private const string Question = "What is the aurora borealis?";

    /// <summary>Both answers are those of the API, in any preset; the numbers are those of the engine.</summary>
    [Theory]
    [InlineData("published", "1", "0")]
    [InlineData("published", "0.25", "0.8")]
    [InlineData("fast", "1", "0")]
    public async Task TheFinalTextIsThatOfTheApi(string preset, string ratio, string temperature)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        await using AskedPage page = await AskedPage.OpenAsync(browser, server.Address.ToString());
        IPage form = page.Page.Page;
        await form.CheckAsync($"input[value={preset}]");
        await form.FillAsync("input[name=ratio]", ratio);
        await form.FillAsync("input[name=temperature]", temperature);
        await form.FillAsync("input[name=seed]", "7");
        await page.AskAsync(Question);
        await Expect(form.Locator("#replay")).ToBeVisibleAsync();
        await Expect(page.Sequential.Locator(".state")).ToHaveTextAsync("complete");
        foreach ((ILocator pane, string planned) in ((ILocator, string)[])
            [
                (page.Planned, $$"""{"preset":"{{preset}}","steps_ratio":{{ratio}}}"""),
                (page.Sequential, """{"decoder":"ar"}"""),
            ])
        {
            using HttpResponseMessage response = await server.ChatAsync(
                $$"""
                {"messages":[{"role":"user","content":"{{Question}}"}],"temperature":{{temperature}},"seed":7,
                 "planned":{{planned}}}
                """);
            JsonElement answer = await response.JsonAsync();
            Assert.Equal(
                answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(),
                await pane.Locator(".text").TextContentAsync());
            Assert.Equal(
                answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32().ToString(
                    System.Globalization.CultureInfo.InvariantCulture),
                await pane.Locator("[data-figure=tokens] dd").TextContentAsync());
            JsonElement how = answer.GetProperty("planned")[0];
            string passes = await pane.Locator("[data-figure=passes] dd").InnerTextAsync();
            Assert.Equal($"{how.GetProperty("passes").GetInt32()}", passes);
            string[] spans =
            [
                .. how.GetProperty("rounds").EnumerateArray()
                    .SelectMany(round => round.GetProperty("spans").EnumerateArray())
                    .Select(span => span.GetProperty("text").GetString()!),
            ];
            Assert.Equal(spans, await pane.Locator(".span .body").AllTextContentsAsync());
        }

        await Expect(page.Planned.Locator(".span:not([data-state=committed])")).ToHaveCountAsync(0);
        page.Page.AssertQuietOn(server.Address.ToString().TrimEnd('/'));
    }

    /// <summary>To stop on the page stops the engine.</summary>
    [Fact]
    public async Task StoppingStopsTheEngine()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        await using AskedPage page = await AskedPage.OpenAsync(browser, server.Address.ToString());
        await page.AskAsync(Question);
        await page.Planned.Locator(".plan").WaitForAsync();
        await page.Page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.Page.Page.Locator("#submit")).ToBeVisibleAsync();
        Assert.True(await server.Engine.DrainAsync(cancellationToken: TestContext.Current.CancellationToken));
    }
}
