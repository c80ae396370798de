namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// The arguments of a call, a filter or a test. The callee takes those it knows; <see cref="End"/> refuses the rest.
/// </summary>
internal sealed class CallArguments(
    string callee, IReadOnlyList<TemplateValue> positional, IReadOnlyDictionary<string, TemplateValue> named)
{
    private readonly HashSet<string> _taken = [];
    private int _positionalTaken;

    public string Callee => callee;

    public IReadOnlyDictionary<string, TemplateValue> Named => named;

    public int Count => positional.Count;

    /// <summary>The next positional argument, or else the one with this name; null if there is none.</summary>
    public TemplateValue? Optional(string name)
    {
        bool isNamed = named.TryGetValue(name, out TemplateValue? value);
        if (_positionalTaken < positional.Count)
        {
            if (isNamed) throw new TemplateException($"{callee} has {name} twice");
            return positional[_positionalTaken++];
        }

        if (isNamed) _taken.Add(name);
        return value;
    }

    public TemplateValue Required(string name) =>
        Optional(name) ?? throw new TemplateException($"{callee} needs {name}");

    public TemplateText? OptionalText(string name) => Optional(name) switch
    {
        null or NoneValue => null,
        TemplateText text => text,
        var other => throw new TemplateException($"{name} of {callee} is {other.Kind}, not a text"),
    };

    public TemplateText RequiredText(string name) =>
        OptionalText(name) ?? throw new TemplateException($"{callee} needs {name}");

    public int? OptionalInteger(string name, int least, int most) => Optional(name) switch
    {
        null or NoneValue => null,
        NumberValue number when number.Value >= least && number.Value <= most => (int)number.Value,
        NumberValue number => throw new TemplateException(
            $"{name} of {callee} is {number.Value}; {least} to {most} are supported"),
        var other => throw new TemplateException($"{name} of {callee} is {other.Kind}, not a number"),
    };

    /// <summary>Takes the remaining arguments. The result makes them anew for each call of another callee.</summary>
    public Func<CallArguments> Rest(string newCallee)
    {
        TemplateValue[] rest = [.. positional.Skip(_positionalTaken)];
        Dictionary<string, TemplateValue> restNamed =
            named.Where(argument => !_taken.Contains(argument.Key)).ToDictionary(StringComparer.Ordinal);
        _positionalTaken = positional.Count;
        _taken.UnionWith(named.Keys);
        return () => new CallArguments(newCallee, rest, restNamed);
    }

    /// <summary>Refuses arguments that were not taken.</summary>
    public void End()
    {
        if (_positionalTaken < positional.Count)
            throw new TemplateException($"{callee} with {positional.Count} arguments is not supported");
        foreach (string name in named.Keys)
        {
            if (!_taken.Contains(name)) throw new TemplateException($"{callee} with {name} is not supported");
        }
    }
}
