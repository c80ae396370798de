using System.Diagnostics;
using System.Globalization;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Serving;

/// <summary><c>pd serve</c> as a process of its own, which is ended at the end.</summary>
internal sealed class ServerChild : IDisposable
{
    private readonly Process _process;

    private ServerChild(Process process, Uri address)
    {
        _process = process;
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 4096 })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromMinutes(5),
        };
    }

    /// <summary>Sends to the server.</summary>
    public HttpClient Client { get; }

    /// <summary>Bytes of memory of the process.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Open files and sockets of the process; 0 where that cannot be told.</summary>
    public int Handles => Directory.Exists($"/proc/{_process.Id}/fd")
        ? Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length : 0;

    /// <summary>Starts the program <c>pd</c> beside this one, and waits until it answers.</summary>
    public static async Task<ServerChild> StartAsync(
        IEnumerable<string> options, int port, CancellationToken cancellation)
    {
        string url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "pd.exe" : "pd");
        if (!File.Exists(program)) throw new UsageException($"there is no {program} to serve with");
        var start = new ProcessStartInfo(program, ["serve", "--urls", url, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var child = new ServerChild(Process.Start(start)!, new Uri(url));
        child._process.OutputDataReceived += (_, _) => { };
        child._process.ErrorDataReceived += (_, _) => { };
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        try
        {
            await child.WaitAsync(cancellation);
            return child;
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        for (int tries = 0; tries < 600; tries++)
        {
            if (_process.HasExited) throw new InvalidOperationException($"pd serve ended with {_process.ExitCode}.");
            try
            {
                using HttpResponseMessage ready = await Client.GetAsync("health/ready", cancellation);
                if (ready.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // it does not listen yet
            }

            await Task.Delay(100, cancellation);
        }

        throw new TimeoutException("pd serve was not ready within a minute.");
    }
}
