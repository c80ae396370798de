namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>Executes the statements of a template, once.</summary>
internal sealed class TemplateRendering
{
    // What a statement means for the loop around it.
    private enum Flow
    {
        Next,
        Continue,
        Break,
    }

    private readonly RenderBudget _budget;
    private readonly ExpressionEvaluator _expressions;
    private TextBuilder _output;

    public TemplateRendering(RenderBudget budget)
    {
        _budget = budget;
        _expressions = new ExpressionEvaluator(budget);
        _output = new TextBuilder(budget);
    }

    /// <summary>The text that the statements write.</summary>
    /// <exception cref="TemplateException">They cannot be executed; the exception has the line.</exception>
    public TemplateText Render(IReadOnlyList<TemplateStatement> statements, TemplateScope variables)
    {
        try
        {
            Execute(statements, variables);
            return _output.ToText();
        }
        catch (TemplateException problem)
        {
            throw new TemplateException(problem.Message, _expressions.Line);
        }
    }

    private Flow Execute(IReadOnlyList<TemplateStatement> statements, TemplateScope scope)
    {
        foreach (TemplateStatement statement in statements)
        {
            _budget.Enter();
            _expressions.Line = statement.Line;
            Flow flow = Execute(statement, scope);
            _budget.Leave();
            if (flow != Flow.Next) return flow;
        }

        return Flow.Next;
    }

    private Flow Execute(TemplateStatement statement, TemplateScope scope)
    {
        switch (statement)
        {
            case TextStatement text:
                _output.Append(text.Text);
                return Flow.Next;
            case OutputStatement output:
                _output.Append(_expressions.Evaluate(output.Value, scope).ToText());
                return Flow.Next;
            case IfStatement choice:
                return Execute(Chosen(choice, scope), scope);
            case ForStatement loop:
                return Loop(loop, scope);
            case SetStatement set:
                Set(set, scope);
                return Flow.Next;
            case SetTextStatement set:
                scope.Set(set.Variable, Capture(set.Body, new TemplateScope(scope)));
                return Flow.Next;
            case MacroStatement macro:
                scope.Set(macro.Name, new FunctionValue(macro.Name, arguments => Call(macro, arguments, scope)));
                return Flow.Next;
            case GenerationStatement generation:
                return Execute(generation.Body, scope);
            case BreakStatement:
                return Flow.Break;
            case ContinueStatement:
                return Flow.Continue;
            default:
                throw new InvalidOperationException("A statement of the syntax tree has no execution.");
        }
    }

    private IReadOnlyList<TemplateStatement> Chosen(IfStatement choice, TemplateScope scope)
    {
        foreach ((TemplateExpression condition, IReadOnlyList<TemplateStatement> body) in choice.Branches)
        {
            if (_expressions.Evaluate(condition, scope).IsTrue) return body;
        }

        return choice.Otherwise;
    }

    private Flow Loop(ForStatement loop, TemplateScope scope)
    {
        IReadOnlyList<TemplateValue> items =
            TemplateOperators.ItemsOf(_expressions.Evaluate(loop.Items, scope), _budget);
        if (loop.Condition is { } condition)
            items = [.. items.Where(item => _expressions.Evaluate(condition, Turn(loop, item, scope)).IsTrue)];
        bool anyTurnEnded = false; // if no turn ends, Jinja runs the else branch
        for (int i = 0; i < items.Count; i++)
        {
            _budget.SpendValues(1);
            TemplateScope turn = Turn(loop, items[i], scope);
            turn.Set("loop", new LoopValue(items, i));
            Flow flow = Execute(loop.Body, turn);
            if (flow == Flow.Break) break;
            anyTurnEnded |= flow == Flow.Next;
        }

        return anyTurnEnded ? Flow.Next : Execute(loop.Otherwise, scope);
    }

    // A variable that is set in one turn of a loop is visible neither in the next turn nor after the loop.
    private static TemplateScope Turn(ForStatement loop, TemplateValue item, TemplateScope scope)
    {
        var turn = new TemplateScope(scope);
        Unpack(loop.Variables, item, turn);
        return turn;
    }

    private static void Unpack(IReadOnlyList<string> variables, TemplateValue value, TemplateScope scope)
    {
        if (variables.Count == 1)
        {
            scope.Set(variables[0], value);
            return;
        }

        if (value is not ListValue list || list.Items.Count != variables.Count)
            throw new TemplateException($"{value.Kind} does not give {variables.Count} variables their values");
        for (int i = 0; i < variables.Count; i++) scope.Set(variables[i], list.Items[i]);
    }

    private void Set(SetStatement set, TemplateScope scope)
    {
        TemplateValue value = _expressions.Evaluate(set.Value, scope);
        if (set.Member is null) Unpack(set.Variables, value, scope);
        else if (scope.Find(set.Variables[0]) is NamespaceValue space) space.Members[set.Member] = value;
        else throw new TemplateException($"{set.Variables[0]} is not a namespace: its {set.Member} cannot be set");
    }

    private TemplateText Call(MacroStatement macro, CallArguments arguments, TemplateScope scope)
    {
        var call = new TemplateScope(scope);
        foreach ((string name, TemplateExpression? otherwise) in macro.Parameters)
        {
            call.Set(name, arguments.Optional(name)
                ?? (otherwise is null ? new UndefinedValue(name) : _expressions.Evaluate(otherwise, call)));
        }

        arguments.End();
        return Capture(macro.Body, call);
    }

    private TemplateText Capture(IReadOnlyList<TemplateStatement> body, TemplateScope scope)
    {
        TextBuilder outer = _output;
        _output = new TextBuilder(_budget);
        Execute(body, scope);
        TemplateText text = _output.ToText();
        _output = outer;
        return text;
    }
}
