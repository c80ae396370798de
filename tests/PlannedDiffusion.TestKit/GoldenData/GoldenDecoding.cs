using System.Text.Json;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.TestKit;

/// <summary>Recorded answers of autoregressive and plain diffusion decoding.</summary>
public static class GoldenDecoding
{
    /// <summary>One token at a time: every token and all logits. Returns how many answers were compared.</summary>
    /// <param name="open">The runner of a golden model, by name; the caller owns it.</param>
    public static int CheckAutoregressive(Func<string, IModelRunner> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        int ran = 0;
        foreach (string name in Golden.Names("ar"))
        {
            JsonElement golden = Golden.Read("ar", name);
            IModelRunner model = open(golden.GetProperty("model").GetString()!);
            int[] prompt = golden.GetProperty("prompt").Integers();
            int[] generated = golden.GetProperty("generated").Integers();
            var decoder = new AutoregressiveDecoder
            {
                StopTokens = [Golden.ControlTokens.End, Golden.ControlTokens.Sync],
                MaxLength = golden.GetProperty("max_length").GetInt32(),
            };
            bool recompute = !golden.GetProperty("use_cache").GetBoolean();
            using var sequence = new Sequence(model, decoder.MaxLength, prompt, recompute);
            DecodingRecording actual = DecodingRecording.Run(model, sequence, decoder);

            bool atLimit = golden.GetProperty("stop").GetString() == "max_length";
            int kept = atLimit ? generated.Length : generated.Length - 1; // ours drops the token that ended it
            Assert.Equal([.. prompt, .. generated.Take(kept)], sequence.Tokens.ToArray());
            Assert.Equal(atLimit ? FinishReason.MaxLength : FinishReason.Completed, sequence.Finish);
            Assert.Equal(
                golden.GetProperty("forward_passes").GetInt32() - IntendedDifferences.PassesSpentAtMaxLength(atLimit),
                actual.Autoregressive.Count);
            float[] expected = Golden.ReadFloats(golden.GetProperty("logits"));
            float[] logits = [.. actual.Autoregressive.SelectMany(pass => pass.Logits[0])];
            for (int i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], 2e-3);
            ran++;
        }

        return ran;
    }

    /// <summary>Plain diffusion: every step's tokens. Returns how many answers were compared.</summary>
    /// <param name="open">The runner of a golden model, by name; the caller owns it.</param>
    public static int CheckDiffusion(Func<string, IModelRunner> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        int ran = 0;
        foreach (string name in Golden.Names("diffusion"))
        {
            JsonElement golden = Golden.Read("diffusion", name);
            JsonElement parameters = golden.GetProperty("params");
            IModelRunner model = open(golden.GetProperty("model").GetString()!);
            var decoder = new DiffusionDecoder
            {
                Length = parameters.GetProperty("max_length").GetInt32(),
                Steps = parameters.GetProperty("steps").GetInt32(),
                Policy = GoldenParameters.Policy(parameters),
                Sampling = GoldenParameters.Sampling(parameters),
            };
            using var sequence = new Sequence(model, decoder.Length, golden.GetProperty("prompt").Integers());
            DecodingRecording actual = DecodingRecording.Run(model, sequence, decoder);

            Assert.Equal(golden.GetProperty("sequence").Integers(), sequence.Tokens.ToArray());
            Assert.Equal(golden.GetProperty("steps_executed").GetInt32(), actual.Passes.Count);
            GoldenParameters.CheckSteps(golden.GetProperty("steps"), actual.Denoise(-1));
            ran++;
        }

        return ran;
    }
}
