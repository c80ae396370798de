namespace Service;

/// <summary>The section <c>Service</c> of the configuration, such as the variable <c>Service__Deadline</c>.</summary>
internal sealed class ServiceOptions
{
    /// <summary>How long a request may take, from when it is made.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(30);
}
