using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Runtime;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runtime;

public sealed class MemoryTests(TestDevice device) : CudaTests(device)
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4097)]
    public void WhatIsCopiedThereAndBackIsTheSame(int count)
    {
        ulong[] values = [.. Enumerable.Range(0, count).Select(i => (ulong)i * 0x9E3779B97F4A7C15)];
        ulong source = Device.Upload(values);
        ulong target = Device.Allocate<ulong>(count);

        Device.Stream.Copy(target, source, count * sizeof(ulong));

        Assert.Equal(values, Device.Download<ulong>(target, count));
    }

    [Fact]
    public void PinnedMemoryIsCopiedInTheOrderOfTheStream()
    {
        const int Bytes = 1000;
        using PinnedMemory upload = Device.Device.AllocatePinned(Bytes, "upload");
        using PinnedMemory download = Device.Device.AllocatePinned(Bytes, "download");
        CudaStream stream = Device.Stream;
        ulong memory = Device.Allocate<byte>(Bytes);
        for (int i = 0; i < Bytes; i++) upload.Span[i] = (byte)(i * 7);

        stream.CopyToDevice(memory, upload.Address, Bytes);
        stream.CopyToHost(download.Address, memory, Bytes);
        stream.Synchronize();

        Assert.True(stream.IsIdle());
        Assert.Equal(upload.Span.ToArray(), download.Span.ToArray());
    }

    [Fact]
    public void FillsTouchNothingElse()
    {
        const int Pitch = 13, Width = 5, Height = 4;
        ulong memory = Device.Upload(new byte[Pitch * Height]);

        Device.Stream.Fill2D(memory + 2, Pitch, 9, Width, Height);
        Device.Stream.Fill(memory + (3 * Pitch) + 2, 4, Width);

        byte[] expected = new byte[Pitch * Height];
        for (int row = 0; row < Height; row++) expected.AsSpan((row * Pitch) + 2, Width).Fill((byte)(row < 3 ? 9 : 4));
        Assert.Equal(expected, Device.Download<byte>(memory, Pitch * Height));
    }

    [Fact]
    public void TooMuchMemoryIsRefusedWithWhatItWasForAndWhatThereIs()
    {
        (_, long total) = Device.Device.Memory();

        CudaException e = Assert.Throws<CudaException>(() => Device.Device.Allocate(2 * total, "layer 3's keys"));

        Assert.Equal("cuMemAlloc_v2", e.Call);
        Assert.Equal((int)CudaResult.OutOfMemory, e.Code);
        Assert.Contains($"layer 3's keys needs {2 * total:N0} bytes", e.Message, StringComparison.Ordinal);
        Assert.Contains($"of {total:N0} bytes on the device", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AllocationsLessenWhatIsFree()
    {
        const long Bytes = 64 << 20;
        (long before, _) = Device.Device.Memory();
        using (Device.Device.Allocate(Bytes, "much"))
        {
            Assert.InRange(Device.Device.Memory().Free, 0, before - Bytes);
        }

        Assert.InRange(Device.Device.Memory().Free, before - Bytes + 1, long.MaxValue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void NoMemoryIsNoAllocation(long bytes)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Device.Device.Allocate(bytes, "nothing"));
        Assert.Throws<ArgumentOutOfRangeException>(() => Device.Device.AllocatePinned(bytes, "nothing"));
    }
}
