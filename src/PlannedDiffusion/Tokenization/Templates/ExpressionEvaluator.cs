namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>Evaluates expressions.</summary>
internal sealed class ExpressionEvaluator(RenderBudget budget)
{
    /// <summary>The line of the current or last expression, for messages.</summary>
    public int Line { get; set; }

    public TemplateValue Evaluate(TemplateExpression expression, TemplateScope scope)
    {
        budget.Enter();
        Line = expression.Line;
        TemplateValue value = expression switch
        {
            LiteralExpression literal => literal.Value,
            NameExpression name => scope.Find(name.Name),
            MemberExpression member => TemplateMembers.Find(Evaluate(member.Target, scope), member.Name, budget),
            IndexExpression index =>
                TemplateMembers.At(Evaluate(index.Target, scope), Evaluate(index.Index, scope), budget),
            SliceExpression slice => Slice(slice, scope),
            FilterExpression filter => Filter(filter, scope),
            TestExpression test => Test(test, scope),
            CallExpression call => Call(call, scope),
            NotExpression not => BooleanValue.Of(!Evaluate(not.Operand, scope).IsTrue),
            LogicalExpression logical => Logical(logical, scope),
            ComparisonExpression comparison => Compare(comparison, scope),
            ArithmeticExpression sum => Arithmetic(sum, scope),
            NegativeExpression negative => TemplateOperators.Arithmetic(
                "-", new NumberValue(0), Evaluate(negative.Operand, scope), budget),
            ConcatenationExpression concatenation => TemplateOperators.Concatenate(
                concatenation.Parts.Select(part => Evaluate(part, scope).ToText()), budget),
            ConditionalExpression conditional => Conditional(conditional, scope),
            ListExpression list => new ListValue([.. list.Items.Select(item => Evaluate(item, scope))]),
            MappingExpression mapping => Mapping(mapping, scope),
            _ => throw new InvalidOperationException("An expression of the syntax tree has no evaluation."),
        };
        budget.Leave();
        return value;
    }

    private TemplateValue Slice(SliceExpression slice, TemplateScope scope) => TemplateIndexing.Slice(
        Evaluate(slice.Target, scope), Optional(slice.Start, scope), Optional(slice.Stop, scope),
        Optional(slice.Step, scope), budget);

    private TemplateValue? Optional(TemplateExpression? expression, TemplateScope scope) =>
        expression is null ? null : Evaluate(expression, scope);

    private TemplateValue Filter(FilterExpression filter, TemplateScope scope)
    {
        TemplateValue target = Evaluate(filter.Target, scope);
        CallArguments arguments = Arguments(filter.Name, filter.Arguments, scope);
        Line = filter.Line;
        return TemplateFilters.Apply(filter.Name, target, arguments, budget);
    }

    private BooleanValue Test(TestExpression test, TemplateScope scope)
    {
        TemplateValue target = Evaluate(test.Target, scope);
        CallArguments arguments = Arguments(test.Name, test.Arguments, scope);
        return BooleanValue.Of(TemplateTests.Holds(test.Name, target, arguments, budget));
    }

    private TemplateValue Call(CallExpression call, TemplateScope scope)
    {
        TemplateValue callee = Evaluate(call.Callee, scope);
        if (callee is not FunctionValue function) throw new TemplateException($"{callee.Kind}, cannot be called");
        CallArguments arguments = Arguments(function.Name, call.Arguments, scope);
        Line = call.Line;
        TemplateValue result = function.Call(arguments);
        arguments.End();
        return result;
    }

    private CallArguments Arguments(string callee, ArgumentExpressions arguments, TemplateScope scope)
    {
        TemplateValue[] positional = [.. arguments.Positional.Select(argument => Evaluate(argument, scope))];
        Dictionary<string, TemplateValue> named = arguments.Named.ToDictionary(
            argument => argument.Name, argument => Evaluate(argument.Value, scope), StringComparer.Ordinal);
        return new CallArguments(callee, positional, named);
    }

    private TemplateValue Logical(LogicalExpression logical, TemplateScope scope)
    {
        TemplateValue left = Evaluate(logical.Left, scope);
        return left.IsTrue == logical.IsAnd ? Evaluate(logical.Right, scope) : left;
    }

    private BooleanValue Compare(ComparisonExpression comparison, TemplateScope scope)
    {
        TemplateValue left = Evaluate(comparison.First, scope);
        foreach ((string operation, TemplateExpression operand) in comparison.Rest)
        {
            TemplateValue right = Evaluate(operand, scope);
            if (!TemplateOperators.Compare(operation, left, right, budget)) return BooleanValue.False;
            left = right;
        }

        return BooleanValue.True;
    }

    private TemplateValue Arithmetic(ArithmeticExpression sum, TemplateScope scope)
    {
        TemplateValue left = Evaluate(sum.Left, scope), right = Evaluate(sum.Right, scope);
        Line = sum.Line;
        return TemplateOperators.Arithmetic(sum.Operator, left, right, budget);
    }

    private TemplateValue Conditional(ConditionalExpression conditional, TemplateScope scope) =>
        Evaluate(conditional.Condition, scope).IsTrue ? Evaluate(conditional.Value, scope)
        : Optional(conditional.Otherwise, scope) ?? new UndefinedValue("an if without else");

    private MappingValue Mapping(MappingExpression mapping, TemplateScope scope)
    {
        var entries = new OrderedDictionary<string, (TemplateText, TemplateValue)>(StringComparer.Ordinal);
        foreach ((TemplateExpression key, TemplateExpression value) in mapping.Entries)
        {
            TemplateValue name = Evaluate(key, scope);
            if (name is not TemplateText text) throw new TemplateException($"a mapping has {name.Kind} as a name");
            entries[text.Text] = (text, Evaluate(value, scope));
        }

        return new MappingValue(entries);
    }
}
