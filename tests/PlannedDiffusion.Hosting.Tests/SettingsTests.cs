using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Hosting.Tests;

/// <summary>Settings from configuration and code, checked when the host starts.</summary>
public sealed class SettingsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void EverySettingIsBoundFromTheConfiguration()
    {
        PropertyInfo[] all = [.. typeof(PlannedDiffusionSettings).GetProperties()];
        PlannedDiffusionSettings usual = new();
        (string, string?)[] section =
            [.. all.Select(property => ($"PlannedDiffusion:{property.Name}", Other(property)))];
        using IHost host = Hosts.With(TimeProvider.System, services => services.AddPlannedDiffusion(), section);
        PlannedDiffusionSettings bound = Read(host, "");
        Assert.All(all, property => Assert.NotEqual(property.GetValue(usual), property.GetValue(bound)));

        string? Other(PropertyInfo property) => property.GetValue(usual) switch
        {
            TimeSpan time => (time + TimeSpan.FromSeconds(1)).ToString("c", CultureInfo.InvariantCulture),
            int number => (number + 1).ToString(CultureInfo.InvariantCulture),
            bool flag => (!flag).ToString(),
            EngineDevice => "cuda",
            _ => property.PropertyType == typeof(Precision?) ? "f32" : "7",
        };
    }

    [Fact]
    public void KeyedModelsHaveSectionsOfTheirOwnAndCodeComesLast()
    {
        using IHost host = Hosts.With(
            TimeProvider.System,
            services => services.AddPlannedDiffusion(settings => settings.Threads = 3)
                .AddPlannedDiffusion("small").AddPlannedDiffusion("small", settings => settings.MaxWaiting = 9),
            ("PlannedDiffusion:Model", "one"), ("PlannedDiffusion:Threads", "2"), ("PlannedDiffusion:Device", "cpu"),
            ("PlannedDiffusion:small:Model", "two"), ("PlannedDiffusion:small:MaxWaiting", "5"));
        PlannedDiffusionSettings plain = Read(host, ""), keyed = Read(host, "small");
        Assert.Equal(("one", 3, EngineDevice.Cpu, 128), (plain.Model, plain.Threads, plain.Device, plain.MaxWaiting));
        Assert.Equal(("two", 0, EngineDevice.Auto, 9), (keyed.Model, keyed.Threads, keyed.Device, keyed.MaxWaiting));
    }

    [Theory]
    [InlineData("Model", "")]
    [InlineData("Device", "7")]
    [InlineData("Device", "tpu")]
    [InlineData("DeviceNumber", "-1")]
    [InlineData("Threads", "-1")]
    [InlineData("Threads", "many")]
    [InlineData("Precision", "9")]
    [InlineData("MaxSequences", "0")]
    [InlineData("MaxPositions", "0")]
    [InlineData("MaxWaiting", "-1")]
    [InlineData("MaxPlanned", "0")]
    [InlineData("MaxWork", "-00:00:02")]
    [InlineData("MaxBypass", "-00:00:01")]
    [InlineData("MaxUnread", "00:00:00")]
    [InlineData("HeartbeatLimit", "00:00:00")]
    [InlineData("GracePeriod", "-00:00:01")]
    [InlineData("DrainTimeout", "2.00:00:00")]
    [InlineData("RestartPause", "-00:00:01")]
    [InlineData("MaxRestarts", "-1")]
    [InlineData("RestartWindow", "00:00:00")]
    public async Task ASettingOutOfRangeStopsTheStartAndIsNamed(string field, string value)
    {
        using IHost host = Hosts.With(
            TimeProvider.System, services => services.AddPlannedDiffusion("some"),
            field == "Model" ? default : ("PlannedDiffusion:some:Model", Hosts.Demo),
            ($"PlannedDiffusion:some:{field}", value));
        Exception refusal = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(Cancellation));
        Assert.Contains($"PlannedDiffusion:some:{field}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllThatIsWrongIsSaidAtOnce()
    {
        using IHost host = Hosts.With(
            TimeProvider.System, services => services.AddPlannedDiffusion(), ("PlannedDiffusion:MaxPlanned", "0"));
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Cancellation));
        Assert.Equal(
            [
                "PlannedDiffusion:Model is missing: a folder, or OWNER/NAME.",
                "PlannedDiffusion:MaxPlanned is 0; it must be at least 1.",
            ],
            refusal.Failures);
    }

    [Theory]
    [InlineData("owner/name", null, "owner/name")]
    [InlineData("owner/name@v2", null, "owner/name")]
    [InlineData("owner/name", "mine", "mine")]
    [InlineData("no such folder", null, "no such folder")]
    public void AModelHasAName(string model, string? given, string name)
    {
        using IHost host = Hosts.With(TimeProvider.System, services => services.AddPlannedDiffusion(settings =>
        {
            settings.Model = model;
            settings.ModelName = given;
        }));
        Assert.Equal(name, host.Supervisor().ModelName);
    }

    [Fact]
    public void AFolderIsAModelsName()
    {
        using IHost host = Hosts.WithDemo(new ManualTime(), settings => settings.Model += "/");
        Assert.Equal("demo", host.Supervisor().ModelName);
    }

    private static PlannedDiffusionSettings Read(IHost host, string name) =>
        host.Services.GetRequiredService<IOptionsMonitor<PlannedDiffusionSettings>>().Get(name);
}
