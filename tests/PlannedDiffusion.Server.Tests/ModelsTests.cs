using System.Net;
using System.Text.Json;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>Models by their names: one with a slash, and several in a server.</summary>
public sealed class ModelsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SeveralModelsAreServedUnderTheirNames()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(
            model: settings => settings.ModelName = "own/er",
            build: builder => builder.Services.AddPlannedDiffusion("second", settings =>
            {
                settings.Model = Repository.PathTo("models", "demo");
                settings.ModelName = "second";
                settings.Device = EngineDevice.Cpu;
                settings.Threads = 1;
            }));
        while (!(await GetAsync(server, "/v1/models")).IsSuccessStatusCode) await Task.Delay(1, Cancellation);
        JsonElement list = await (await GetAsync(server, "/v1/models")).JsonAsync();
        Assert.Equal(
            ["own/er", "second"],
            list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        foreach (string path in (string[])["own/er", "own%2Fer", "second"])
        {
            JsonElement model = await (await GetAsync(server, $"/v1/models/{path}")).JsonAsync();
            Assert.Equal(Uri.UnescapeDataString(path), model.GetProperty("id").GetString());
        }

        foreach (string? name in (string?[])[null, "own/er", "second"])
        {
            string field = name is null ? "" : $"\"model\":\"{name}\",";
            using HttpResponseMessage response = await server.ChatAsync(
                "{" + field + """ "messages":[{"role":"user","content":"hi"}],"max_tokens":2}""");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(name ?? "own/er", (await response.JsonAsync()).GetProperty("model").GetString());
        }

        JsonElement load = await (await GetAsync(server, "/v1/loads?model=second")).JsonAsync();
        Assert.Equal("second", load.GetProperty("model").GetString());
    }

    [Fact]
    public async Task ToolsAreIgnoredIfTheServerIsTold()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(options => options.IgnoreTools = true);
        using HttpResponseMessage response = await server.ChatAsync("""
            {"messages":[{"role":"user","content":"hi"}],"max_tokens":2,
             "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required"}
            """);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static Task<HttpResponseMessage> GetAsync(ServerUnderTest server, string path) =>
        server.Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
}
