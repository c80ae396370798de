using Microsoft.Playwright;
using Xunit;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>
/// The system's own Chromium, for all tests of a class; nothing is downloaded. Tests skip where there is none, unless
/// the variable <c>PD_REQUIRE_BROWSER</c> is set to 1.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Names =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    /// <summary>How long to wait for what a page should do: longer than any machine takes.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } path) return;
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout((float)Patience.TotalMilliseconds);
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            Args = ["--no-sandbox"], // it shows our own pages, and runs as root in containers
            Timeout = 0, // however slow a machine is
        });
    }

    /// <summary>Opens a file, and watches what its page does.</summary>
    public async Task<WatchedPage> OpenAsync(string path, ColorScheme scheme = ColorScheme.Light)
    {
        if (_browser is null)
        {
            string reason = $"None of {string.Join(", ", Names)} is on the path: no page was looked at.";
            if (Environment.GetEnvironmentVariable("PD_REQUIRE_BROWSER") == "1") Assert.Fail(reason);
            Assert.Skip(reason);
        }

        IPage page = await _browser.NewPageAsync(new BrowserNewPageOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = 1240, Height = 900 },
        });
        page.SetDefaultTimeout(0);
        var watched = new WatchedPage(page);
        await page.GotoAsync(new Uri(path).AbsoluteUri);
        return watched;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    private static string? Find()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }
}
