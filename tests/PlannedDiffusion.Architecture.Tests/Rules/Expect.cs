using Xunit;

namespace PlannedDiffusion.Architecture.Tests.Rules;

/// <summary>What tests say about violations.</summary>
public static class Expect
{
    /// <summary>Fails with all of them, each on a line of its own.</summary>
    public static void None(IEnumerable<string> violations)
    {
        string message = string.Join('\n', violations);
        Assert.True(message.Length == 0, message);
    }
}
