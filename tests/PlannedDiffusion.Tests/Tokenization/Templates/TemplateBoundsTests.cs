using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization.Templates;

/// <summary>
/// Templates are untrusted: a bad one is refused with name and line, and never hangs or exhausts memory.
/// </summary>
public sealed class TemplateBoundsTests
{
    private static readonly ChatMessage[] Hi = [new("user", "Hi, who are you?")];

    public static TheoryData<string, string> Refused => new()
    {
        { "a\n{{ strftime_now('%d %b %Y') }}", "chat_template.jinja: line 2: strftime_now" },
        { "{% if false %}\n\n{{ strftime_now is defined }}{% endif %}", "line 3: strftime_now" },
        { "{% include 'x' %}", "line 1: the statement include" },
        { "\n{% if false %}{% call m() %}{% endcall %}{% endif %}", "line 2: the statement call" },
        { "{% for x in y recursive %}{% endfor %}", "a recursive loop" },
        { "{% raw %}{% endraw %}", "the statement raw" },
        { "{% if x %}{{ x | pprint }}{% endif %}", "the filter pprint" },
        { "{{ x is filter }}", "the test filter" },
        { "{{ 1.5 }}", "fraction" },
        { "{{ 2 ** 3 }}", "the operator **" },
        { "{{ 1 / 3 }}", "the operator /" },
        { "{{ 99999999999999999999 }}", "too large" },
        { "{% if x %}a", "endif is missing" },
        { "{% endfor %}", "endfor has no opening statement" },
        { "{% else %}", "else stands outside" },
        { "{% break %}", "break stands outside" },
        { "{{ 'a }}", "no closing '" },
        { "{{ a b }}", "b stands where }} is expected" },
        { "{{ a ! b }}", "unexpected '!'" },
        { "{{ '\\N{BULLET}' }}", "the escape \\N" },
        { "{{", "{{ has no }}" },
        { "{#", "no end" },
    };

    public static TheoryData<string, string> Failing => new()
    {
        { "\n{{ messages[0].content.encode() }}", "line 2: encode, which is undefined, cannot be called" },
        { "{{ now() }}", "now, which is undefined, cannot be called" },
        { "{{ messages }}", "a list cannot be printed" },
        { "{{ messages[0].content.split(maxsplit=1, key=2) }}", "split with key is not supported" },
        { "{{ 'a' | trim('b', 'c') }}", "trim with 2 arguments" },
        { "{{ 9223372036854775807 + 1 }}", "no value of 64 bits" },
        { "{{ messages | tojson(indent=1000000000) }}", "indent of tojson is 1000000000" },
        { "{{ ['a'] | map('nonsense') | join }}", "the filter nonsense" },
        { "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nested more than" },
        { "{% for i in range(100000000) %}{% endfor %}", "more work" },
        { "{% for i in range(2000) %}{% for j in range(2000) %}{{ i }}{% endfor %}{% endfor %}", "more work" },
        { "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
            "more work" },
        { "{% set ns = namespace(x=[1]) %}{% for i in range(20000) %}{% set ns.x = ns.x + [i] %}{% endfor %}",
            "more work" },
        { "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"
            + "{{ ns.x | tojson }}", "more work" },
        { "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}"
            + "{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}", "more work" },
        { "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}"
            + "{{ ns.x | tojson }}", "nested more than" },
        { "{% set ns = namespace(x='xx') %}{% for i in range(9) %}{% set ns.x = ns.x.replace('x', ns.x) %}{% endfor %}",
            "more work" },
        { "{% set r = range(9999) %}{% for i in r %}{% for j in r %}{% endfor %}{% endfor %}", "more work" },
        { "{% set r = range(9999) %}{% for i in r %}{% set x = r | select('odd') | list %}{% endfor %}", "more work" },
        { "{% set ns = namespace(x='a') %}{% for i in range(24) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}"
            + "{{ ns.x | list | length }}", "more work" },
        { "{% set ns = namespace(x=',') %}{% for i in range(24) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}"
            + "{{ ns.x.split(',') | length }}", "more work" },
        { "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}"
            + $"{{{{ ns.x | map({Repeat("'map', ", 9999)}'trim') | list }}}}", "nested more than" },
        { "{% if true %}{% endif %}", "writes nothing" },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void UnsupportedFeaturesAreRefusedWithNameAndLineInUnusedBranchesToo(string source, string words)
    {
        ChatTemplate template = ChatTemplates.Load(source);
        Assert.Contains(words, template.Problem, StringComparison.Ordinal);
        var error = Assert.Throws<TokenizerException>(() => template.Encode(Hi));
        Assert.Equal(template.Problem, error.Message);
        Assert.StartsWith("chat_template.jinja: line ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Failing), DisableDiscoveryEnumeration = true)]
    public void RenderErrorsHaveFileAndLine(string source, string words)
    {
        ChatTemplate template = ChatTemplates.Load(source);
        Assert.Null(template.Problem);
        var error = Assert.Throws<TokenizerException>(() => template.Encode(Hi));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("chat_template.jinja: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ ", "(", ")", " }}")]
    [InlineData("{{ ", "[", "]", " }}")]
    [InlineData("{{ ", "not ", "", "x }}")]
    [InlineData("{{ ", "-", "", "1 }}")]
    [InlineData("{{ x", "[x", "]", " }}")]
    [InlineData("", "{% if x %}", "{% endif %}", "")]
    [InlineData("{{ ", "a if b else ", "", "c }}")]
    public void DeepNestingIsRefused(string start, string open, string close, string end)
    {
        const int Depth = 20000;
        string source = start + Repeat(open, Depth) + Repeat(close, Depth) + end;
        Assert.Contains("nested more than", ChatTemplates.Load(source).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", " + 1")]
    [InlineData("x", " or x")]
    [InlineData("'a'", " | trim")]
    [InlineData("messages", "[:]")]
    public void LongChainsAreRenderedOrRefusedButNeverOverflowTheStack(string start, string part)
    {
        Assert.NotEmpty(ChatTemplates.Load($"{{{{ {start}{Repeat(part, 50)} and 'b' }}}}.").Encode(Hi));
        ChatTemplate template = ChatTemplates.Load($"{{{{ {start}{Repeat(part, 50000)} }}}}");
        Assert.Contains("nested more than", Assert.Throws<TokenizerException>(() => template.Encode(Hi)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ATemplateThatIsTooLongIsRefused() =>
        Assert.Contains("1048577 characters", ChatTemplates.Load(Repeat("x", (1 << 20) + 1)).Problem,
            StringComparison.Ordinal);

    /// <summary>The bound of the work grows with the conversation, so a long one is rendered.</summary>
    [Fact]
    public void ALongConversationIsRendered()
    {
        ChatMessage[] messages = [.. Enumerable.Range(0, 4000).Select(
            turn => new ChatMessage(turn % 2 == 0 ? "user" : "assistant", $"turn {turn} " + Repeat("word ", 50)))];
        foreach (string name in ChatTemplates.Names)
            Assert.Contains(ChatTemplates.Load(ChatTemplates.Read(name)).Render(messages, true),
                piece => piece.Text.Contains("turn 3999", StringComparison.Ordinal));
    }

    /// <summary>Characters dropped, doubled or replaced: each template is rendered, or refused as documented.</summary>
    [Fact]
    public void DamagedTemplatesAreRenderedOrRefused()
    {
        var random = new Random(5);
        const string Characters = "{}%#-+'\"|.()[],:=~ \nxif endfor set in is not 0 1";
        foreach (string name in ChatTemplates.Names)
        {
            string source = ChatTemplates.Read(name);
            for (int i = 0; i < 300; i++)
            {
                var damaged = new System.Text.StringBuilder(source);
                for (int changes = random.Next(1, 5); changes > 0; changes--)
                {
                    int at = random.Next(damaged.Length), length = random.Next(Math.Min(9, damaged.Length - at));
                    string text = random.Next(3) switch
                    {
                        0 => "",
                        1 => damaged.ToString(at, length) + damaged.ToString(at, length),
                        _ => Characters.Substring(random.Next(Characters.Length - 5), 5),
                    };
                    damaged.Remove(at, length).Insert(at, text);
                }

                Exception? error = Record.Exception(() => ChatTemplates.Load(damaged.ToString()).Encode(Hi));
                Assert.True(error is null or TokenizerException or ArgumentException, $"{error}\n{damaged}");
            }
        }
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
