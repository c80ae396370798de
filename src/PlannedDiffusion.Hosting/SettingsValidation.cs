using Microsoft.Extensions.Options;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Hosting;

/// <summary>Checks settings when the host starts. Each message names section and field.</summary>
internal sealed class SettingsValidation(string name) : IValidateOptions<PlannedDiffusionSettings>
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? asked, PlannedDiffusionSettings options)
    {
        if (asked != name) return ValidateOptionsResult.Skip;
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Model))
            failures.Add($"{Field(nameof(options.Model))} is missing: a folder, or OWNER/NAME.");
        Check(Enum.IsDefined(options.Device), nameof(options.Device), options.Device, "auto, cpu or cuda");
        AtLeast(options.DeviceNumber, 0, nameof(options.DeviceNumber));
        AtLeast(options.Threads, 0, nameof(options.Threads));
        Check(
            options.Precision is not { } precision || Enum.IsDefined(precision),
            nameof(options.Precision), options.Precision, "bf16 or f32");
        Check(options.MaxSequences is null or (>= 1 and <= 1 << 16), nameof(options.MaxSequences), options.MaxSequences,
            "1 to 65,536");
        Check(options.MaxPositions is null or int.MaxValue or (>= 1 and <= 1 << 27), nameof(options.MaxPositions),
            options.MaxPositions, "1 to 134,217,728");
        AtLeast(options.MaxWaiting, 0, nameof(options.MaxWaiting));
        AtLeast(options.MaxPlanned, 1, nameof(options.MaxPlanned));
        Check(options.MaxKeyValues is null or >= 1, nameof(options.MaxKeyValues), options.MaxKeyValues, "at least 1");
        Check(options.MaxWork == Timeout.InfiniteTimeSpan || options.MaxWork >= TimeSpan.Zero,
            nameof(options.MaxWork), options.MaxWork, "at least 0");
        Check(options.MaxBypass >= TimeSpan.Zero, nameof(options.MaxBypass), options.MaxBypass, "at least 0");
        Above(options.MaxUnread, nameof(options.MaxUnread));
        Above(options.HeartbeatLimit, nameof(options.HeartbeatLimit));
        FromZero(options.GracePeriod, nameof(options.GracePeriod));
        FromZero(options.DrainTimeout, nameof(options.DrainTimeout));
        FromZero(options.RestartPause, nameof(options.RestartPause));
        AtLeast(options.MaxRestarts, 0, nameof(options.MaxRestarts));
        Above(options.RestartWindow, nameof(options.RestartWindow));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void AtLeast(int value, int least, string field) => Check(value >= least, field, value, $"at least {least}");

        void Above(TimeSpan value, string field) =>
            Check(value > TimeSpan.Zero && value <= Day, field, value, "above 0, up to a day");

        void FromZero(TimeSpan value, string field) =>
            Check(value >= TimeSpan.Zero && value <= Day, field, value, "0 to a day");

        void Check(bool holds, string field, object? value, string range)
        {
            if (!holds) failures.Add($"{Field(field)} is {value}; it must be {range}.");
        }
    }

    private string Field(string field) => $"{SettingsBinding.Section(name)}:{field}";
}
