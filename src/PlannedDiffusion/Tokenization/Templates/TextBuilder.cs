using System.Text;

namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>Joins texts, within a budget. Each keeps its origin.</summary>
internal sealed class TextBuilder(RenderBudget budget)
{
    private readonly StringBuilder _text = new();
    private readonly List<(int End, bool Trusted)> _runs = [];

    public void Append(TemplateText text)
    {
        budget.Spend(text.Text.Length);
        foreach (TextPiece piece in text.Pieces())
        {
            _text.Append(piece.Text);
            if (_runs.Count > 0 && _runs[^1].Trusted == piece.Trusted) _runs[^1] = (_text.Length, piece.Trusted);
            else _runs.Add((_text.Length, piece.Trusted));
        }
    }

    public TemplateText ToText() => _text.Length == 0 ? TemplateText.Empty : new(_text.ToString(), [.. _runs]);
}
