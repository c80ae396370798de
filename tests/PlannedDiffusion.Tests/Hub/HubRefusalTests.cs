using System.Net;
using System.Text;
using PlannedDiffusion.Hub;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>Answers that no other try can help, and hubs that lie.</summary>
public sealed class HubRefusalTests
{
    private const string Weights = "model.safetensors";

    [Theory]
    [InlineData(401, null, null, HubFailure.AccessDenied, "it is private: then HF_TOKEN must be set")]
    [InlineData(401, "RepoNotFound", "hf_secret", HubFailure.AccessDenied, "HF_TOKEN is not valid for it")]
    [InlineData(401, "GatedRepo", null, HubFailure.AccessDenied, "the terms on the model's page must be accepted")]
    [InlineData(403, "GatedRepo", "hf_secret", HubFailure.AccessDenied, "the terms on the model's page must be")]
    [InlineData(403, null, "hf_secret", HubFailure.AccessDenied, "HF_TOKEN may not read it")]
    [InlineData(403, null, null, HubFailure.AccessDenied, "without HF_TOKEN it may not be read")]
    [InlineData(404, "RepoNotFound", null, HubFailure.NotFound, "there is no such model, or no such revision")]
    [InlineData(404, "RevisionNotFound", null, HubFailure.NotFound, "the model has no revision main")]
    [InlineData(410, null, null, HubFailure.BadAnswer, "answers 410")]
    [InlineData(204, null, null, HubFailure.BadAnswer, "answers a listing that is no JSON")]
    public async Task ARefusalSaysWhatToDo(int status, string? code, string? token, HubFailure failure, string part)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server, token);
        server.Script = _ => code is null ? new HubReply(status) : new HubReply(status).With("X-Error-Code", code);
        HubException e = await pull.RefusalAsync();
        Assert.Equal((failure, "127.0.0.1", null), (e.Failure, e.Host, e.File));
        Assert.Equal(status == 204 ? null : (HttpStatusCode)status, e.Status);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
        Assert.Empty(pull.Clock.Waits);
    }

    [Fact]
    public async Task AFileThatIsGoneIsNamed()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request => request.File == "tokenizer.json" ? new HubReply(404) : null;
        HubException e = await pull.RefusalAsync();
        Assert.Equal((HubFailure.NotFound, "tokenizer.json"), (e.Failure, e.File));
        Assert.Contains("tokenizer.json: 127.0.0.1:", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"sha":7}""")]
    [InlineData("""{"sha":"main"}""")]
    [InlineData("""{"sha":"../../../../../../../../../../../../../etc"}""")]
    [InlineData("""{"sha":"0123456789abcdef0123456789abcdef01234567","siblings":{}}""")]
    [InlineData("""{"sha":"0123456789abcdef0123456789abcdef01234567","siblings":[{"rfilename":7}]}""")]
    [InlineData("""{"sha":"0123456789abcdef0123456789abcdef01234567","siblings":[{"rfilename":"\ud800"}]}""")]
    public async Task WhatIsNoListingIsRefused(string text)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = _ => new HubReply(200) { Body = Encoding.UTF8.GetBytes(text) };
        Assert.Equal(HubFailure.BadAnswer, (await pull.RefusalAsync()).Failure);
    }

    [Theory]
    [InlineData("the repository has no config.json", "model.safetensors")]
    [InlineData("no model.safetensors and no model.safetensors.index.json", "config.json", "pytorch_model.bin")]
    [InlineData("the repository has no config.json", "a/config.json", "../config.json", "model.safetensors")]
    public async Task ARepositoryThatIsNoCheckpointIsRefused(string part, params string[] files)
    {
        var repository = new HubRepository();
        foreach (string file in files) repository.With(file, "{}");
        await using var server = new HubServer(repository);
        using var pull = new HubPull(server);
        HubException e = await pull.RefusalAsync();
        Assert.Equal(HubFailure.BadRepository, e.Failure);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("../../../escaped.safetensors")]
    [InlineData("/tmp/escaped.safetensors")]
    [InlineData("folder/escaped.safetensors")]
    [InlineData("..\\\\escaped.safetensors")]
    [InlineData("C:escaped.safetensors")]
    [InlineData("a.safetensors\\u0000")]
    [InlineData("a\\nb.safetensors")]
    [InlineData("ä.safetensors")]
    [InlineData(".safetensors")]
    [InlineData("-a.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("config.json")]
    [InlineData("a.safetensors ")]
    [InlineData("a%2f.safetensors")]
    public async Task AnIndexNamesShardsAndNothingElse(string shard)
    {
        HubRepository repository = new HubRepository().With("config.json", "{}")
            .With("model.safetensors.index.json", $$"""{"weight_map":{"x":"a.safetensors","y":"{{shard}}"} }""")
            .With("a.safetensors", "a");
        await using var server = new HubServer(repository);
        using var pull = new HubPull(server);
        HubException e = await pull.RefusalAsync();
        Assert.Equal((HubFailure.BadRepository, "model.safetensors.index.json"), (e.Failure, e.File));
        Assert.DoesNotContain('\n', e.Message);
        Assert.DoesNotContain(server.Requests, request => request.File is { } file && file.Contains("escaped"));
        Assert.DoesNotContain(server.Requests, request => request is { Method: "GET", File: "a.safetensors" });
    }

    [Fact]
    public async Task NamesThatNobodyWantsAreNoPaths()
    {
        HubRepository repository = HubRepository.Single().With("../../escaped", "x").With("a b/ü\n.json", "x");
        await using var server = new HubServer(repository);
        using var pull = new HubPull(server);
        await pull.RunAsync();
        pull.AssertHas("config.json", "tokenizer.json", Weights);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("\"\"")]
    [InlineData("\"5d41402abc4b2a76b9719d911017c592\"")] // MD5, as plain storage has it
    [InlineData("\"../../../../../../../../../../../../../../etc/pass\"")]
    public async Task AFileWithoutAChecksumIsNotTrusted(string? tag)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request => request is { Method: "HEAD", File: Weights }
            ? tag is null ? new HubReply(200) { Told = 10_000 } : new HubReply(200) { Told = 10_000 }.With("ETag", tag)
            : null;
        HubException e = await pull.RefusalAsync();
        Assert.Equal((HubFailure.BadAnswer, Weights), (e.Failure, e.File));
        Assert.Contains("gives no checksum", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileWithoutALengthIsNotTrusted()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request => request is { Method: "HEAD", File: Weights }
            ? new HubReply(200) { IsEndless = true }.With("ETag", server.Repository.Checksum(Weights)) : null;
        Assert.Contains("does not say how long it is", (await pull.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    /// <summary>HEAD tells one length, GET another one.</summary>
    [Theory]
    [InlineData("config.json", 1)]
    [InlineData("config.json", 3)]
    [InlineData("config.json", 99)]
    [InlineData(Weights, 9999)]
    [InlineData(Weights, 10_001)]
    public async Task ALengthThatIsALieIsRefused(string file, int told)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request =>
        {
            if (request.Method != "HEAD" || request.File != file) return null;
            return new HubReply(200) { Told = told }.With("ETag", server.Repository.Checksum(file));
        };
        HubException e = await pull.RefusalAsync();
        Assert.Equal((HubFailure.BadAnswer, file), (e.Failure, e.File));
        Assert.EndsWith($"bytes, and said that it were {told}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes 1-1000/10000")]
    [InlineData("bytes 0-999/9999")]
    [InlineData("bytes */10000")]
    [InlineData("nonsense")]
    public async Task AnotherRangeIsRefused(string range)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request => request.Range is not null
            ? new HubReply(206) { Body = new byte[1000] }.With("Content-Range", range) : null;
        Assert.Equal(HubFailure.BadAnswer, (await pull.RefusalAsync()).Failure);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData(Weights)]
    public async Task OtherBytesAreRefusedAndThrownAway(string file)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request =>
        {
            if (request.Method != "GET" || request.File != file) return null;
            HubReply reply = server.Usual(request);
            byte[] wrong = [.. reply.Body];
            wrong[^1] ^= 1;
            return reply with { Body = wrong };
        };
        HubException e = await pull.RefusalAsync();
        Assert.Equal((HubFailure.Checksum, file), (e.Failure, e.File));
        Assert.False(File.Exists(pull.Incomplete(file)));
        Assert.False(File.Exists(pull.Blob(file)));
    }

    [Fact]
    public async Task MoreBytesThanToldAreNotRead()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request =>
        {
            if (request.Method != "GET" || request.File is null) return null;
            HubReply reply = server.Usual(request);
            return reply with { Body = [.. reply.Body, .. new byte[5000]], IsEndless = true };
        };
        await pull.RunAsync();
        pull.AssertHas("config.json", "tokenizer.json", Weights);
    }
}
