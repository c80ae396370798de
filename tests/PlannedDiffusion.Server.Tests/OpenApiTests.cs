using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PlannedDiffusion.Server.Page;
using PlannedDiffusion.Server.Wire;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>
/// The OpenAPI document is written by hand: it must have each endpoint, and each type on the wire as it is.
/// </summary>
public sealed class OpenApiTests(DemoServer demo)
{
    /// <summary>Types that are only described: their members are read one by one.</summary>
    private static readonly string[] OwnNames = ["TextPart"];

    private readonly ServerUnderTest _server = demo.Server;

    [Fact]
    public async Task EachEndpointIsDescribed()
    {
        JsonNode document = await DocumentAsync();
        string[] described = [.. document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(method => $"{method.Key} {path.Key}"))];
        string[] mapped = [.. _server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText != "/{**path}" && !IsPage(endpoint.RoutePattern.RawText))
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
                .Where(method => method != "HEAD")
                .Select(method => $"{method.ToLowerInvariant()} {Plain(endpoint)}"))];
        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task EachTypeHasItsMembers()
    {
        JsonObject schemas = (await DocumentAsync())["components"]!["schemas"]!.AsObject();
        foreach ((string name, JsonNode? schema) in schemas)
        {
            if (OwnNames.Contains(name)) continue;
            JsonTypeInfo type = TypeOf(name);
            string[] members = [.. type.Properties.Select(property => property.Name)];
            string[] described = [.. schema!["properties"]!.AsObject().Select(property => property.Key)];
            Assert.True(
                members.Order(StringComparer.Ordinal).SequenceEqual(described.Order(StringComparer.Ordinal)),
                $"{name}: {string.Join(' ', members)}; described: {string.Join(' ', described)}");
            foreach (JsonNode? required in schema["required"]?.AsArray() ?? [])
                Assert.Contains(required!.GetValue<string>(), members);
        }

        foreach (string body in (string[])["ChatBody", "CompletionBody", "ErrorBody"]) Assert.Contains(body, schemas);
    }

    [Fact]
    public async Task EachReferenceLeadsSomewhere()
    {
        JsonNode document = await DocumentAsync();
        JsonObject schemas = document["components"]!["schemas"]!.AsObject();
        const string Root = "#/components/schemas/";
        string[] used =
            [.. document.ToJsonString().Split($"\"$ref\":\"{Root}")[1..].Select(rest => rest.Split('"')[0])];
        Assert.All(used, name => Assert.Contains(name, schemas));
        Assert.All(schemas, schema => Assert.Contains(schema.Key, used));
    }

    private static string Plain(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.RawText!.Replace("**", "", StringComparison.Ordinal);

    private static bool IsPage(string? path) => PageEndpoints.Routes.Any(route => route.Path == path);

    /// <summary>The contract of a type on the wire; types without one of their own are members of others.</summary>
    private static JsonTypeInfo TypeOf(string name)
    {
        string own = name switch
        {
            "Message" or "StreamOptions" or "Planned" or "PlanItem" => $"{name}Body",
            _ => name,
        };
        Type type = typeof(WireJson).Assembly.GetType($"PlannedDiffusion.Server.Wire.{own}", throwOnError: true)!;
        return WireJson.Own.GetTypeInfo(type) ?? throw new InvalidOperationException($"{own} is not on the wire.");
    }

    private async Task<JsonNode> DocumentAsync()
    {
        string text = await _server.Client.GetStringAsync(
            new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken);
        return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!;
    }
}
