namespace PlannedDiffusion.Server.Sse;

/// <summary>
/// An answer has begun and cannot be completed. Thrown out of an endpoint, it makes the web server close the connection
/// without the end of the answer, after everything that was sent before. That is what clients notice; to abort the
/// connection instead may lose the last event.
/// </summary>
internal sealed class BrokenStreamException() : Exception("The answer ended with an error; its last event says which.");
