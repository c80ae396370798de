namespace PlannedDiffusion.Engine;

/// <summary>What a request reserves of keys and values from its start to its end, however long its answer is.</summary>
/// <param name="Prompt">Positions of its prompt.</param>
/// <param name="Answer">Positions of its largest answer: plans and spans, or text.</param>
/// <param name="Bytes">Memory of both; 0 if the runner does not tell.</param>
public readonly record struct KeyValueNeed(int Prompt, int Answer, long Bytes)
{
    /// <summary>All positions.</summary>
    public int Positions => Prompt + Answer;
}
