using System.Globalization;
using System.Text;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>
/// The standard streams of the process. The parent process may have closed some of them. The runtime opens files and
/// pipes before the program begins, and they take the free descriptors. So this program must not use a standard
/// descriptor that was closed: it now belongs to one of these.
/// </summary>
internal static class StandardStreams
{
    private const int Input = 0, Output = 1, Error = 2;

    public static Stream OpenInput() => IsClosed(Input) ? Stream.Null : Console.OpenStandardInput();

    public static TextWriter OpenOutput() => IsClosed(Output) ? new ClosedWriter() : Console.Out;

    public static TextWriter OpenError() => IsClosed(Error) ? TextWriter.Null : new ForgivingWriter(Console.Error);

    /// <summary>
    /// True if the descriptor is closed, or not inherited. A descriptor with close-on-exec cannot have come from the
    /// parent process.
    /// </summary>
    private static bool IsClosed(int descriptor)
    {
        const int CloseOnExec = 0x80000;
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/fdinfo")) return false;
        try
        {
            string? flags = File.ReadLines($"/proc/self/fdinfo/{descriptor.ToString(CultureInfo.InvariantCulture)}")
                .FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return flags is not null && (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & CloseOnExec) != 0;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
    }

    private sealed class ClosedWriter : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Write([value]);

        public override void Write(string? value) => Write(value.AsSpan());

        public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

        public override void Write(ReadOnlySpan<char> buffer) => throw new IOException("standard output is closed");
    }
}
