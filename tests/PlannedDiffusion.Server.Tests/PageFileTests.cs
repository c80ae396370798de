using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>The page's files over HTTP; the browser's tests look at the page itself.</summary>
public sealed class PageFileTests(DemoServer demo)
{
    private static readonly string[] Paths =
    [
        "/", "/page.css", "/icon.svg", "/main.js", "/answer.js", "/chain.js", "/elements.js", "/pane.js", "/replay.js",
        "/settings.js", "/stream.js",
    ];

    private readonly HttpClient _client = demo.Server.Client;

    [Fact]
    public async Task FilesHaveTheirTypeAndAreSentOnce()
    {
        foreach (string path in Paths)
        {
            using HttpResponseMessage file = await GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            string type = file.Content.Headers.ContentType!.MediaType!;
            Assert.Equal(
                Path.GetExtension(path) switch
                {
                    ".css" => "text/css",
                    ".js" => "text/javascript",
                    ".svg" => "image/svg+xml",
                    _ => "text/html",
                },
                type);
            Assert.Equal("nosniff", file.Headers.GetValues("X-Content-Type-Options").Single());
            EntityTagHeaderValue tag = file.Headers.ETag!;
            using HttpResponseMessage again = await GetAsync(path, tag.Tag);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal(tag, again.Headers.ETag);
            Assert.Empty(await again.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            using HttpResponseMessage other = await GetAsync(path, "\"another\"");
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        }
    }

    /// <summary>No script but the page's own files, no network but the server, no markup made of text.</summary>
    [Fact]
    public async Task ThePolicyIsStrict()
    {
        using HttpResponseMessage page = await GetAsync("/");
        string policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';", policy,
            StringComparison.Ordinal);
        Assert.Contains("require-trusted-types-for 'script'; trusted-types 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        string html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotMatch(new Regex("<script(?! type=\"module\" src=)|<style|style=|\\son[a-z]+=|://"), html);
    }

    /// <summary>The page needs no key: it asks for one itself.</summary>
    [Fact]
    public async Task ThePageNeedsNoKey()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(options => options.ApiKeys.Add("sk"));
        using HttpResponseMessage page =
            await server.Client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        using HttpResponseMessage stream = await server.PostAsync("/v1/planned/stream", """{"messages":[]}""");
        Assert.Equal(HttpStatusCode.Unauthorized, stream.StatusCode);
    }

    private Task<HttpResponseMessage> GetAsync(string path, string? tag = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        return _client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
