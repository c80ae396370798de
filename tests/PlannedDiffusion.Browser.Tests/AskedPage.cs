using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>The server's page, with names for its parts. Its end closes the page, so that its requests end.</summary>
internal sealed class AskedPage(WatchedPage page) : IAsyncDisposable
{
    public WatchedPage Page => page;

    /// <summary>Opens the page of a server.</summary>
    public static async Task<AskedPage> OpenAsync(
        Chromium browser, string address, ColorScheme scheme = ColorScheme.Light) =>
        new(await browser.OpenAsync(address, scheme));

    /// <summary>Opens it, and asks a question.</summary>
    public static async Task<AskedPage> AskAsync(
        Chromium browser, string address, string question, ColorScheme scheme = ColorScheme.Light)
    {
        AskedPage opened = await OpenAsync(browser, address, scheme);
        await opened.AskAsync(question);
        return opened;
    }

    /// <summary>The planned answer.</summary>
    public ILocator Planned => page.Page.Locator("#planned");

    /// <summary>The answer that is written one token at a time.</summary>
    public ILocator Sequential => page.Page.Locator("#sequential");

    /// <summary>The text of the planned answer.</summary>
    public ILocator Text => Planned.Locator(".text");

    /// <summary>A span of the planned answer's first round.</summary>
    public ILocator Span(int index) => Planned.Locator($".round >> nth=0 >> .span[data-span='{index}']");

    /// <summary>A number of the planned answer.</summary>
    public ILocator Figure(string name) => Planned.Locator($"[data-figure={name}] dd");

    /// <summary>Asks a question, once the page knows the model.</summary>
    public async Task AskAsync(string question)
    {
        await Expect(page.Page.Locator("select[name=model] option")).Not.ToHaveCountAsync(0);
        await page.Page.FillAsync("#question", question);
        await page.Page.PressAsync("#question", "Enter");
    }

    /// <summary>The colour in which it is written.</summary>
    public async Task<string> ColourAsync(ILocator place) =>
        await place.EvaluateAsync<string>("one => getComputedStyle(one).color");

    public async ValueTask DisposeAsync() => await page.Page.CloseAsync();
}
