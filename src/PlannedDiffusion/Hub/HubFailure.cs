namespace PlannedDiffusion.Hub;

/// <summary>Why a model could not be found or fetched.</summary>
public enum HubFailure
{
    /// <summary>It is no folder, and its name is none of a hub's.</summary>
    NoSuchFolder,

    /// <summary>It is no folder, and the cache has no model of this name, or not all of it.</summary>
    NotCached,

    /// <summary>A variable such as <c>HF_ENDPOINT</c> has a value that cannot be used.</summary>
    Settings,

    /// <summary><c>HF_HUB_OFFLINE</c> is set, and the cache lacks something.</summary>
    Offline,

    /// <summary>The hub has no such model, revision or file, or does not show it to whoever asks.</summary>
    NotFound,

    /// <summary>The hub wants a token, or another one, or the model's terms accepted first.</summary>
    AccessDenied,

    /// <summary>The hub asks to come back later, and later than anybody waits.</summary>
    TooManyRequests,

    /// <summary>The hub failed, the connection broke, or no bytes came, several times in a row.</summary>
    Unreachable,

    /// <summary>The hub answered something else than it should, such as another length.</summary>
    BadAnswer,

    /// <summary>The repository lacks what the engine needs, or names a file as no file may be named.</summary>
    BadRepository,

    /// <summary>A file's bytes are not those that its checksum promises.</summary>
    Checksum,

    /// <summary>The disk has too little room.</summary>
    DiskSpace,
}
