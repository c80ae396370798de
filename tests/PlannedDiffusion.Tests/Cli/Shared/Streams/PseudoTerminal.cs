using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PlannedDiffusion.Tests.Cli.Shared.Streams;

/// <summary>A pseudo terminal. A program writes to <see cref="Path"/>, and the test reads the text.</summary>
internal sealed partial class PseudoTerminal : IDisposable
{
    private const int ReadWrite = 2, NoController = 0x100; // O_RDWR, O_NOCTTY
    private const uint Unlock = 0x40045431, PathNumber = 0x80045430; // TIOCSPTLCK, TIOCGPTN

    private readonly FileStream _other;
    private readonly StringBuilder _written = new();

    public PseudoTerminal()
    {
        int master = Open("/dev/ptmx", ReadWrite | NoController);
        if (master < 0) throw new IOException($"/dev/ptmx: error {Marshal.GetLastPInvokeError()}");
        int unlocked = 0, number = 0;
        if (Control(master, Unlock, ref unlocked) != 0
            || Control(master, PathNumber, ref number) != 0)
            throw new IOException($"/dev/ptmx: error {Marshal.GetLastPInvokeError()}");
        Path = $"/dev/pts/{number}";
        _other = new FileStream(new SafeFileHandle(master, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
    }

    public string Path { get; }

    /// <summary>
    /// Reads until the text was written, or all programs have left the terminal. Returns all text so far.
    /// </summary>
    public async Task<string> ReadUntilAsync(string? text, CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        while (text is null || !_written.ToString().Contains(text, StringComparison.Ordinal))
        {
            try
            {
                int count = await Task.Run(() => _other.Read(buffer), cancellation);
                if (count == 0) break;
                _written.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
            catch (IOException)
            {
                break; // the system's error when the last program has left
            }
        }

        return _written.ToString();
    }

    public void Dispose() => _other.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int file, nuint request, ref int value);
}
