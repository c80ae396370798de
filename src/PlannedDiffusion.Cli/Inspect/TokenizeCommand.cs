using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Cli.Inspect;

/// <summary><c>pd tokenize</c>: shows the tokens that the model reads for a text.</summary>
internal static class TokenizeCommand
{
    public static Command Create(Terminal terminal)
    {
        var text = new Argument<string?>("text")
        {
            Description = "The text. Without it, standard input is read.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> model = ModelFolder.Option();
        var chat = new Option<bool>("--chat") { Description = "Put the text into the chat template." };
        var system = new Option<string?>("--system") { Description = "System message of the chat.", HelpName = "text" };
        var trusted = new Option<bool>("--trusted")
        {
            Description = "Read control tags in the text as control tokens. Do not use it for untrusted text.",
        };
        var ids = new Option<bool>("--ids") { Description = "Print the ids only, on one line." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new CommandWithExamples(
            "tokenize", "Show the tokens of a text.",
            ["pd tokenize --chat \"What is gold?\""])
        {
            text, model, chat, system, trusted, ids, json,
        };
        command.SetAction(async (parse, cancellation) =>
        {
            if (parse.GetValue(system) is not null && !parse.GetValue(chat))
                throw new UsageException("--system is part of a chat: add --chat");
            if (parse.GetValue(trusted) && parse.GetValue(chat))
                throw new UsageException("--trusted and --chat exclude each other: a chat's text is never trusted");
            string folder = ModelFolder.Resolve(parse.GetValue(model));
            var tokenizer = Tokenizer.Load(folder);
            string input = await terminal.TextOrInputAsync(parse.GetValue(text), "text", cancellation);
            int[] tokens = parse.GetValue(chat) ? Chat(folder, tokenizer, parse.GetValue(system), input)
                : parse.GetValue(trusted) ? tokenizer.EncodeTrusted(input) : tokenizer.Encode(input);
            string[] pieces = [.. tokens.Select(id => tokenizer.Decode([id]))];
            if (parse.GetValue(json))
            {
                var report = new TokenizeReport(folder, tokens.Length, tokens, pieces);
                terminal.Out.WriteLine(JsonSerializer.Serialize(report, InspectJson.Readable.TokenizeReport));
            }
            else if (parse.GetValue(ids)) terminal.Out.WriteLine(string.Join(' ', tokens));
            else WriteTable(terminal.Out, tokens, pieces);
        });
        return command;
    }

    // The same tokens that pd generate without options sends.
    private static int[] Chat(string folder, Tokenizer tokenizer, string? system, string text)
    {
        CheckpointDefaults defaults = CheckpointDefaults.Read(folder);
        IReadOnlyList<ChatMessage> conversation =
            defaults.Conversation([new ChatMessage("user", text)], system, new GenerationOptions().Decoding);
        try
        {
            return ChatTemplate.Load(folder, tokenizer).Encode(conversation);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(Messages.Of(e)); // the template refuses it
        }
    }

    private static void WriteTable(TextWriter writer, int[] tokens, string[] pieces)
    {
        var table = new TextTable("position>", "id>", "piece");
        for (int i = 0; i < tokens.Length; i++)
        {
            table.Add(
                i.ToString(CultureInfo.InvariantCulture),
                tokens[i].ToString(CultureInfo.InvariantCulture),
                // A JSON string makes line ends and blanks visible.
                $"\"{JsonEncodedText.Encode(pieces[i], InspectJson.Readable.Options.Encoder)}\"");
        }

        table.Write(writer);
    }
}
