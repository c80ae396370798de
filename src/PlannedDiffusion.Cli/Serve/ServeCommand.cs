using System.CommandLine;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Serve;

/// <summary><c>pd serve</c>: an OpenAI-compatible server.</summary>
internal sealed class ServeCommand
{
    private readonly Terminal _terminal;
    private readonly DeviceOptions _device = new();
    private readonly Option<string?> _model = ModelFolder.Option();

    private readonly KnobOptions _decoding = new(
        [.. KnobTable.All.Except([KnobTable.MaxLength, KnobTable.NoTopics, KnobTable.NoSync])]);

    private readonly Option<string[]> _urls = new("--urls")
    {
        Description = "Addresses to listen at. Other machines are answered only with keys, or --allow-anonymous.",
        DefaultValueFactory = _ => ["http://127.0.0.1:8080"],
        HelpName = "url",
    };

    private readonly Option<string?> _name = new("--served-model-name")
    {
        Description = "The model's name for clients. Without it, OWNER/NAME, or the name of the folder.",
        HelpName = "name",
    };

    private readonly Option<string?> _keyFile = new("--api-key-file")
    {
        Description = $"File with the keys that clients must send, one a line. Also: {ServerKeys.Variable}.",
        HelpName = "file",
    };

    private readonly Option<string?> _adminKeyFile = new("--admin-key-file")
    {
        Description = $"File with the key for /admin/drain. Also: {ServerKeys.AdminVariable}.",
        HelpName = "file",
    };

    private readonly Option<bool> _anonymous = new("--allow-anonymous")
    {
        Description = "Answer other machines without a key.",
    };

    private readonly Option<string[]> _hosts = new("--allow-host")
    {
        Description = "A name of this server, as clients write it into addresses; * for any. It may be repeated.",
        HelpName = "name",
    };

    private readonly Option<string[]> _origins = new("--allow-origin")
    {
        Description = "An origin of web pages that may use the server, or *. It may be repeated.",
        HelpName = "origin",
    };

    private readonly Option<int> _queue = Number("--max-queue", 128, "Most requests that wait.");

    private readonly Option<int> _active = Number("--max-active", 16, "Most planned requests that run at a time.");

    private readonly Option<int> _sequences =
        Number("--max-sequences", 64, "Most requests that run at a time. Memory is reserved for all of them.");

    private readonly Option<int?> _positions = new("--max-positions")
    {
        Description = "Most tokens of a request, prompt included (default 2048 or the model's limit).",
        HelpName = "n",
    };

    private readonly Option<int?> _deadline = new("--deadline")
    {
        Description = "Seconds that a request may take. Without it, any time.",
        HelpName = "s",
    };

    private readonly Option<bool> _ignoreTools = new("--ignore-tools")
    {
        Description = "Answer requests with tools as if they had none, instead of refusing them.",
    };

    private readonly Option<bool> _logContent = new("--log-content")
    {
        Description = "Log prompts and answers. Without it, no text of a request is in logs, metrics or traces.",
    };

    private ServeCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionChecks.AtLeast(0, _queue);
        OptionChecks.AtLeast(1, _active, _sequences, _positions);
        OptionChecks.Between(1, 86_400, _deadline);
        _urls.AllowMultipleArgumentsPerToken = true;
    }

    public static Command Create(Terminal terminal)
    {
        var serve = new ServeCommand(terminal);
        var command = new CommandWithExamples(
            "serve", "Serve a model to OpenAI clients, and a page at /.",
            [
                "pd serve",
                "pd serve --model OWNER/NAME --urls http://0.0.0.0:8080 --api-key-file keys.txt --allow-host NAME",
                "pd serve --preset fast --temperature 0.7",
            ])
        {
            Grace = ServerHost.Patience,
        };
        foreach (Option option in (Option[])[
            serve._model, serve._urls, serve._name, serve._keyFile, serve._adminKeyFile, serve._anonymous,
            serve._hosts, serve._origins, serve._queue, serve._active, serve._sequences, serve._positions,
            serve._deadline, serve._ignoreTools, serve._logContent])
            command.Add(option);
        serve._decoding.AddTo(command);
        serve._device.AddTo(command);
        command.SetAction(serve.RunAsync);
        return command;
    }

    private Task RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var settings = new ServeSettings
        {
            Model = ModelFolder.Resolve(parse.GetValue(_model)),
            Device = _device.Read(parse),
            Generation = _decoding.ReadOne(parse),
            Urls = parse.GetValue(_urls)!,
            Name = parse.GetValue(_name),
            Keys = ServerKeys.Read(parse.GetValue(_keyFile), ServerKeys.Variable),
            AdminKeys = ServerKeys.Read(parse.GetValue(_adminKeyFile), ServerKeys.AdminVariable),
            IsAnonymous = parse.GetValue(_anonymous),
            Hosts = parse.GetValue(_hosts) ?? [],
            Origins = parse.GetValue(_origins) ?? [],
            MaxQueue = parse.GetValue(_queue),
            MaxActive = parse.GetValue(_active),
            MaxSequences = parse.GetValue(_sequences),
            MaxPositions = parse.GetValue(_positions),
            Deadline = parse.GetValue(_deadline) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            IgnoresTools = parse.GetValue(_ignoreTools),
            LogsContent = parse.GetValue(_logContent),
        };
        settings.Check();
        return new ServerHost(settings, _terminal).RunAsync(cancellation);
    }

    private static Option<int> Number(string name, int value, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        HelpName = "n",
    };
}
