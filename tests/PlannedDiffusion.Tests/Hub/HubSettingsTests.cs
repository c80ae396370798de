using PlannedDiffusion.Hub;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

public sealed class HubSettingsTests
{
    [Theory]
    [InlineData("/home/me/.cache/huggingface/hub")]
    [InlineData("/x/huggingface/hub", "XDG_CACHE_HOME=/x")]
    [InlineData("/hf/hub", "HF_HOME=/hf", "XDG_CACHE_HOME=/x")]
    [InlineData("/home/me/hf/hub", "HF_HOME=~/hf")]
    [InlineData("/old", "HUGGINGFACE_HUB_CACHE=/old", "HF_HOME=/hf")]
    [InlineData("/new", "HF_HUB_CACHE=/new", "HUGGINGFACE_HUB_CACHE=/old", "HF_HOME=/hf")]
    [InlineData("/hf/hub", "HF_HUB_CACHE=", "HF_HOME=/hf")]
    public void TheCacheIsWhereAllToolsHaveIt(string expected, params string[] variables) =>
        Assert.Equal(expected, From(variables).CacheFolder);

    [Theory]
    [InlineData("hf_1", "/hf/token", "HF_TOKEN= hf_1\n", "HF_HOME=/hf")]
    [InlineData("hf_1", "/hf/token", "HF_TOKEN=hf_1", "HUGGING_FACE_HUB_TOKEN=hf_2", "HF_HOME=/hf")]
    [InlineData("hf_2", "/hf/token", "HUGGING_FACE_HUB_TOKEN=hf_2", "HF_HOME=/hf")]
    [InlineData(null, "/home/me/.cache/huggingface/token")]
    [InlineData(null, "/t", "HF_TOKEN_PATH=/t")]
    [InlineData(null, null, "HF_TOKEN=hf_1", "HF_HUB_DISABLE_IMPLICIT_TOKEN=1")]
    public void TheTokenIsFound(string? token, string? file, params string[] variables)
    {
        HubSettings settings = From(variables);
        Assert.Equal((token, file), (settings.Token, settings.TokenFile));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("yes", true)]
    [InlineData("True", true)]
    [InlineData("on", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData("no", false)]
    public void OfflineIsOneOfFourWords(string value, bool offline) =>
        Assert.Equal(offline, From("HF_HUB_OFFLINE=" + value).Offline);

    [Fact]
    public void TheHubIsTheOneThatIsNamed()
    {
        Assert.Equal("https://huggingface.co/", From().Endpoint.AbsoluteUri);
        Assert.Equal("http://mirror:81/hub", From("HF_ENDPOINT=http://mirror:81/hub/").Endpoint.AbsoluteUri);
    }

    [Theory]
    [InlineData("mirror.local")]
    [InlineData("ftp://mirror.local")]
    [InlineData("https://me:secret@mirror.local")]
    [InlineData("https://mirror.local?x")]
    [InlineData("/etc/hosts")]
    public void OtherAddressesAreRefusedWithoutRepeatingThem(string address)
    {
        HubException e = Assert.Throws<HubException>(() => From("HF_ENDPOINT=" + address));
        Assert.Equal(HubFailure.Settings, e.Failure);
        Assert.StartsWith("HF_ENDPOINT: ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    private static HubSettings From(params string[] variables)
    {
        Dictionary<string, string> values = variables.Select(variable => variable.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        values.TryAdd("HOME", "/home/me");
        return HubSettings.From(name => values.GetValueOrDefault(name));
    }
}
