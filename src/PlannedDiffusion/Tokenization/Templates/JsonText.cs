using System.Globalization;
using System.Text;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// The filter <c>tojson</c>: JSON as Python writes it. The result is the caller's if any text in it is.
/// </summary>
internal sealed class JsonText(RenderBudget budget, int? indent)
{
    private readonly StringBuilder _json = new();
    private bool _isTrusted = true;

    public TemplateText Of(TemplateValue value)
    {
        Write(value, 0);
        return TemplateText.Of(_json.ToString(), _isTrusted);
    }

    private void Write(TemplateValue value, int depth)
    {
        budget.Enter();
        switch (value)
        {
            case TemplateText text:
                Write(text);
                break;
            case ListValue list:
                WriteAll('[', list.Items, depth, item => Write(item, depth + 1), ']');
                break;
            case MappingValue mapping:
                WriteAll('{', mapping.Entries.Values, depth, entry => WriteMember(entry, depth + 1), '}');
                break;
            case NumberValue number:
                Append(number.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case BooleanValue boolean:
                Append(boolean.Value ? "true" : "false");
                break;
            case NoneValue:
                Append("null");
                break;
            default:
                throw new TemplateException($"tojson of {value.Kind} has no value");
        }

        budget.Leave();
    }

    private void WriteAll<T>(char open, IReadOnlyCollection<T> items, int depth, Action<T> write, char close)
    {
        Append(open.ToString());
        bool isFirst = true;
        foreach (T item in items)
        {
            if (!isFirst) Append(indent is null ? ", " : ",");
            isFirst = false;
            BreakLine(depth + 1);
            write(item);
        }

        if (items.Count > 0) BreakLine(depth);
        Append(close.ToString());
    }

    private void WriteMember((TemplateText Key, TemplateValue Value) entry, int depth)
    {
        Write(entry.Key);
        Append(": ");
        Write(entry.Value, depth);
    }

    private void BreakLine(int depth)
    {
        if (indent is { } width) Append("\n" + new string(' ', width * depth));
    }

    private void Write(TemplateText text)
    {
        _isTrusted &= text.IsTrusted;
        budget.Spend(text.Size);
        _json.Append('"');
        foreach (char c in text.Text)
        {
            int named = "\"\\\n\r\t\f\b".IndexOf(c, StringComparison.Ordinal);
            if (named >= 0) _json.Append('\\').Append("\"\\nrtfb"[named]);
            else if (c < ' ') _json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else _json.Append(c);
        }

        _json.Append('"');
    }

    private void Append(string text)
    {
        budget.Spend(text.Length);
        _json.Append(text);
    }
}
