using System.Runtime.CompilerServices;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cuda;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared;

/// <summary>Error messages are for people: they have no names of .NET types.</summary>
public sealed class FailuresTests
{
    /// <summary>A new exception type of a library is reported as a message, not as a bug of the program.</summary>
    [Fact]
    public void EveryExceptionOfTheLibrariesIsKnown()
    {
        Type[] types = [.. new[] { typeof(PlannedDiffusionEngine), typeof(CudaRunner) }
            .SelectMany(one => one.Assembly.GetExportedTypes()).Where(type => type.IsAssignableTo(typeof(Exception)))];
        Assert.InRange(types.Length, 9, 50);
        Assert.All(types, type => Assert.DoesNotContain(
            "internal error",
            Failures.Describe((Exception)RuntimeHelpers.GetUninitializedObject(type)),
            StringComparison.Ordinal));
    }

    [Fact]
    public void OtherExceptionsAreReportedWithoutTheirTypes()
    {
        Assert.Equal("x", Failures.Describe(new InvalidDataException("x")));
        Assert.Equal("x", Failures.Describe(new FileNotFoundException("x")));
        Assert.Equal("x", Failures.Describe(new ArgumentException("x", "y")));
        Assert.Equal("x", Failures.Describe(new AggregateException(new IOException("x"))));
        Assert.Equal("x", Failures.Describe(new TypeInitializationException("T", new IOException("x"))));
        Assert.Equal("there is not enough memory", Failures.Describe(new OutOfMemoryException()));
        Assert.Equal("internal error: x", Failures.Describe(new OverflowException("x")));
    }

    [Theory]
    [InlineData("""{"PromptTokens": "x"}""", 0)]
    [InlineData("{\n\n]", 2)]
    [InlineData("What?", 0)]
    [InlineData("""{"a": 1}""", 0)]
    public void JsonErrorsAreReportedWithoutTypesToo(string text, int line)
    {
        var e = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Sample>(text));
        (long told, string problem) = Messages.Of(e);
        Assert.Equal(line, told);
        Assert.DoesNotContain("Sample", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("Path:", problem, StringComparison.Ordinal);
    }

    private sealed record Sample
    {
        public required int PromptTokens { get; init; }
    }
}
