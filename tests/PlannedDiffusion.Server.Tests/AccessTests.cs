using System.Net;
using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Server.Auth;
using PlannedDiffusion.Server.Errors;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>Keys, hosts, origins: who may use the server.</summary>
public sealed class AccessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AKeyIsNeededBelowV1AndTheAdminsBelowAdmin()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(options =>
        {
            options.ApiKeys.Add("first");
            options.ApiKeys.Add("second");
            options.AdminKey = "admin";
        });
        foreach (string? header in (string?[])[null, "Bearer ", "Bearer third", "Bearer admin", "Basic first", "first"])
        {
            using HttpResponseMessage refused = await SendAsync(server, HttpMethod.Get, "/v1/models", header);
            await ErrorTests.AssertErrorAsync(refused, 401, "invalid_api_key", null);
            Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.Single().Scheme);
        }

        foreach (string header in (string[])["Bearer first", "bearer second"])
        {
            using HttpResponseMessage models = await SendAsync(server, HttpMethod.Get, "/v1/models", header);
            Assert.Equal(HttpStatusCode.OK, models.StatusCode);
        }

        foreach (string path in (string[])["/health/live", "/health/ready", "/metrics"])
        {
            using HttpResponseMessage open = await SendAsync(server, HttpMethod.Get, path, null);
            Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        }

        foreach (string path in (string[])["/v1/chat/completions", "/v1/completions", "/v1/loads"])
        {
            HttpMethod method = path == "/v1/loads" ? HttpMethod.Get : HttpMethod.Post;
            using HttpResponseMessage refused = await SendAsync(server, method, path, null);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using HttpResponseMessage user = await SendAsync(server, HttpMethod.Post, "/admin/drain", "Bearer first");
        await ErrorTests.AssertErrorAsync(user, 401, "invalid_api_key", null);
        using HttpResponseMessage admin = await SendAsync(server, HttpMethod.Post, "/admin/drain", "Bearer admin");
        Assert.Equal(HttpStatusCode.Accepted, admin.StatusCode);
    }

    [Fact]
    public async Task WithoutAKeyThereIsNoAdministration()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using HttpResponseMessage refused = await SendAsync(server, HttpMethod.Post, "/admin/drain", "Bearer x");
        await ErrorTests.AssertErrorAsync(refused, 403, "admin_disabled", null);
    }

    [Theory]
    [InlineData("127.0.0.1", false, false, true)]
    [InlineData("::1", false, false, true)]
    [InlineData("10.1.2.3", false, false, false)]
    [InlineData("10.1.2.3", true, false, true)]
    [InlineData("10.1.2.3", false, true, true)]
    public void OtherMachinesNeedAKey(string here, bool hasKeys, bool isOpen, bool comesIn)
    {
        var http = new DefaultHttpContext { Connection = { LocalIpAddress = IPAddress.Parse(here) } };
        var visitors = new Visitors([], isOpen);
        var keys = new ApiKeys(hasKeys ? ["key"] : []);
        if (comesIn) visitors.CheckOrigin(http, keys);
        else
            Assert.Equal(403, Assert.Throws<ApiException>(() => visitors.CheckOrigin(http, keys)).Error.Status);
    }

    [Theory]
    [InlineData("chat.example", true)]
    [InlineData("CHAT.example:8080", true)]
    [InlineData("10.1.2.3:8080", true)]
    [InlineData("10.1.2.4:8080", false)]
    [InlineData("other.example", false)]
    [InlineData("", false)]
    public void AHostIsKnownByItsNameOrByTheAddressThatWasReached(string host, bool comesIn)
    {
        var http = new DefaultHttpContext { Connection = { LocalIpAddress = IPAddress.Parse("::ffff:10.1.2.3") } };
        http.Request.Host = new HostString(host);
        var visitors = new Visitors(["chat.example"], isOpen: false);
        if (comesIn) visitors.CheckHost(http);
        else Assert.Throws<ApiException>(() => visitors.CheckHost(http));
        new Visitors(["*"], isOpen: false).CheckHost(http);
    }

    [Fact]
    public async Task PagesOfOtherOriginsAreLetInByNameAlone()
    {
        await using ServerUnderTest server =
            await ServerUnderTest.StartAsync(options => options.AllowedOrigins.Add("https://good.example"));
        using HttpResponseMessage good = await FromAsync(server, HttpMethod.Get, "https://good.example");
        Assert.Equal("https://good.example", good.Headers.GetValues("Access-Control-Allow-Origin").Single());
        using HttpResponseMessage preflight = await FromAsync(server, HttpMethod.Options, "https://good.example");
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Contains(
            "authorization", preflight.Headers.GetValues("Access-Control-Allow-Headers").Single(),
            StringComparison.Ordinal);
        using HttpResponseMessage evil = await FromAsync(server, HttpMethod.Get, "https://evil.example");
        Assert.False(evil.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task NoOriginIsLetInByDefault()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using HttpResponseMessage response = await FromAsync(server, HttpMethod.Get, "https://any.example");
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(response.Headers.Contains("Vary"));
    }

    private static async Task<HttpResponseMessage> FromAsync(ServerUnderTest server, HttpMethod method, string origin)
    {
        using var request = new HttpRequestMessage(method, "/v1/models");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        return await server.Client.SendAsync(request, Cancellation);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        ServerUnderTest server, HttpMethod method, string path, string? authorization)
    {
        using var request = new HttpRequestMessage(method, path);
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await server.Client.SendAsync(request, Cancellation);
    }
}
