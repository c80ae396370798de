using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Ops;

public sealed class GuardedMemoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(1025)]
    public unsafe void TheLastElementLiesBeforeThePageThatNobodyMayTouch(int length)
    {
        using var memory = new GuardedMemory<float>([.. Enumerable.Range(0, length).Select(i => (float)i)]);
        Assert.Equal(Enumerable.Range(0, length).Select(i => (float)i), memory.Span.ToArray());
        if (GuardPages.WhyUnguarded is { } reason) TestContext.Current.TestOutputHelper?.WriteLine(reason);
        else Assert.Equal(0, (nint)(memory.Start + length) % Environment.SystemPageSize);
    }
}
