using PlannedDiffusion.Files;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models;

/// <summary>Matches the tensors of a checkpoint with those that its configuration needs.</summary>
internal sealed class ModelWeightsLoader(ModelConfig stated, CheckpointFiles files)
{
    private readonly Dictionary<string, WeightTensor> _found = [];
    private readonly List<string> _problems = [];

    /// <summary>Takes over <c>files</c>.</summary>
    public ModelWeights Load()
    {
        (ModelConfig config, List<string> notes) = CheckpointUse.Of(stated, files);
        foreach (WeightShape weight in WeightNames.All(config)) Take(weight);
        // A tied checkpoint may repeat its embedding as output head. It is checked and not used.
        if (config.TiedEmbeddings && files.Tensors.ContainsKey(WeightNames.LmHead))
            Take(WeightNames.Head(config));
        foreach ((string name, StoredTensor tensor) in files.Tensors)
        {
            if (!_found.ContainsKey(name) && !CheckpointUse.IsRotaryBuffer(name))
                Report(name, $"{tensor.Info.ShapeText} is extra");
        }

        if (_problems.Count == 0) return Assemble(config, name => _found[name], files, notes);
        string more = _problems.Count > 1 ? $" (and {_problems.Count - 1} more such tensors)" : "";
        throw new CheckpointException(files.Directory, _problems[0] + more);
    }

    /// <summary>Assigns tensors to their places in the network.</summary>
    public static ModelWeights Assemble(
        ModelConfig config, Func<string, WeightTensor> tensor, IDisposable? owner, IReadOnlyList<string>? notes = null)
    {
        var layers = new LayerWeights[config.LayerCount];
        for (int layer = 0; layer < layers.Length; layer++)
        {
            layers[layer] = new LayerWeights
            {
                InputNorm = In(layer, WeightNames.InputNorm),
                Query = In(layer, WeightNames.Query),
                QueryBias = In(layer, WeightNames.QueryBias),
                Key = In(layer, WeightNames.Key),
                KeyBias = In(layer, WeightNames.KeyBias),
                Value = In(layer, WeightNames.Value),
                ValueBias = In(layer, WeightNames.ValueBias),
                Output = In(layer, WeightNames.Output),
                PostAttentionNorm = In(layer, WeightNames.PostAttentionNorm),
                Gate = In(layer, WeightNames.Gate),
                Up = In(layer, WeightNames.Up),
                Down = In(layer, WeightNames.Down),
            };
        }

        WeightTensor embedding = tensor(WeightNames.Embedding);
        WeightTensor head = config.TiedEmbeddings ? embedding : tensor(WeightNames.LmHead);
        return new ModelWeights(config, embedding, layers, tensor(WeightNames.FinalNorm), head, owner)
        {
            Notes = notes ?? [],
        };

        WeightTensor In(int layer, string part) => tensor(WeightNames.InLayer(layer, part));
    }

    private void Take(WeightShape weight)
    {
        if (!files.Tensors.TryGetValue(weight.Name, out StoredTensor stored))
        {
            Report(weight.Name, $"{TensorInfo.ShapeToText(weight.Shape)} is missing");
            return;
        }

        // Counts as found even if it does not fit, so that it is not reported again as extra.
        (int rows, int columns) = weight.Shape is [long r, long c] ? ((int)r, (int)c) : (1, (int)weight.Shape[0]);
        DType? type = stored.Info.Type.AsDType();
        _found[weight.Name] = new WeightTensor(
            weight.Name, type.GetValueOrDefault(), rows, columns, stored.Data);
        if (type is null)
            Report(weight.Name, $"is stored as {stored.Info.Type}; the engine computes F32, F16 and BF16");
        if (!stored.Info.Shape.SequenceEqual(weight.Shape))
        {
            Report(weight.Name, $"has shape {stored.Info.ShapeText} in the file and " +
                $"{TensorInfo.ShapeToText(weight.Shape)} by config.json");
        }
    }

    private void Report(string name, string problem) =>
        _problems.Add($"tensor {MessageText.Quote(name)} {problem}");
}
