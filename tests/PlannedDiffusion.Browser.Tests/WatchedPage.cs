using System.Globalization;
using Microsoft.Playwright;
using Xunit;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>A page, and what it did besides being looked at.</summary>
public sealed class WatchedPage
{
    private readonly List<string> _happened = [];
    private readonly List<string> _requests = [];

    public WatchedPage(IPage page)
    {
        Page = page;
        page.Console += (_, message) => _happened.Add($"console: {message.Text}");
        page.PageError += (_, error) => _happened.Add($"error: {error}");
        page.Dialog += (_, dialog) => _happened.Add($"dialog: {dialog.Message}");
        page.Request += (_, request) => _requests.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Asserts that it loaded its file alone, and that it said and asked nothing.</summary>
    public void AssertQuiet()
    {
        Assert.Empty(_happened);
        Assert.StartsWith("file:", Assert.Single(_requests), StringComparison.Ordinal);
    }

    /// <summary>Asserts that it spoke to no server but its own, and that it said nothing.</summary>
    public void AssertQuietOn(string address)
    {
        Assert.Empty(_happened);
        Assert.All(_requests, url => Assert.StartsWith($"{address}/", url, StringComparison.Ordinal));
    }

    public async Task<string> TextAsync(string selector) => await Page.Locator(selector).InnerTextAsync();

    public async Task<double> NumberAsync(string selector, string attribute) => double.Parse(
        (await Page.Locator(selector).GetAttributeAsync(attribute))!, CultureInfo.InvariantCulture);
}
