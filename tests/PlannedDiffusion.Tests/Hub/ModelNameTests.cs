using PlannedDiffusion.Hub;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

public sealed class ModelNameTests
{
    [Theory]
    [InlineData("dmisrael/planned-diffusion-dream7b", "dmisrael", "planned-diffusion-dream7b", "main")]
    [InlineData("Qwen/Qwen2.5-1.5B-Instruct@v1.0", "Qwen", "Qwen2.5-1.5B-Instruct", "v1.0")]
    [InlineData("a/b@refs/pr/1", "a", "b", "refs/pr/1")]
    [InlineData("_a_/b__c", "_a_", "b__c", "main")]
    public void NamesAreRead(string text, string owner, string name, string revision)
    {
        Assert.True(ModelName.TryParse(text, out ModelName? model));
        Assert.Equal((owner, name, revision), (model.Owner, model.Name, model.Revision));
        Assert.Equal(text, model.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpt2")]
    [InlineData("a/b/c")]
    [InlineData("/b")]
    [InlineData("a/")]
    [InlineData("./b")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/.b")]
    [InlineData("~/b")]
    [InlineData("~a/b")]
    [InlineData("a\\b/c")]
    [InlineData("C:/b")]
    [InlineData("a/b c")]
    [InlineData("a/b\n")]
    [InlineData("a/b--c")]
    [InlineData("a/b..c")]
    [InlineData("-a/b")]
    [InlineData("a/b.")]
    [InlineData("a/ü")]
    [InlineData("a/%2e%2e")]
    [InlineData("a/b?x")]
    [InlineData("a/b#x")]
    [InlineData("a/b@")]
    [InlineData("a/b@../c")]
    [InlineData("a/b@c/../d")]
    [InlineData("a/b@/c")]
    [InlineData("a/b@c/")]
    [InlineData("a/b@c d")]
    [InlineData("a/b@c\\d")]
    [InlineData("a/b@-c")]
    [InlineData("a/b@c@d")]
    public void OtherTextsAreNoNames(string text)
    {
        Assert.False(ModelName.TryParse(text, out _));
        Assert.Throws<FormatException>(() => ModelName.Parse(text));
    }

    [Fact]
    public void LongNamesAreNone()
    {
        string longest = new('a', 96);
        Assert.True(ModelName.TryParse($"{longest}/{longest}", out _));
        Assert.False(ModelName.TryParse($"a/a{longest}", out _));
        Assert.False(ModelName.TryParse($"a/b@{new string('c', 251)}", out _));
    }
}
