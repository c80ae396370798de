using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>The endpoints in an application that has a page of its own.</summary>
public sealed class OwnPageTests
{
    [Fact]
    public async Task TheApplicationsOwnPageWins()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddPlannedDiffusion(settings => settings.Model = Repository.PathTo("models", "demo"));
        builder.Services.AddPlannedDiffusionServer();
        await using WebApplication app = builder.Build();
        app.MapPlannedDiffusion();
        app.MapGet("/", () => Results.Text("own"));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Assert.Equal("own", await client.GetStringAsync(
            new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.StartsWith(
            "// ", await client.GetStringAsync(
                new Uri("/main.js", UriKind.Relative), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }
}
