using PlannedDiffusion.Cuda.Kernels.Launch;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

/// <summary>Launches the sampler as a step does.</summary>
public abstract class SampleRunner(TestDevice device) : KernelTests(device)
{
    /// <summary>One group of its own for each case.</summary>
    /// <param name="rows">Logits.</param>
    /// <param name="cases">How they are drawn.</param>
    /// <param name="mask">The mask token, or -1.</param>
    /// <param name="forgetRows">The logits become NaN once the slices have been read.</param>
    internal (int Token, float Confidence)[] Run(
        float[][] rows, SampleCase[] cases, int mask, bool forgetRows = false)
    {
        StepGroup[] groups = [.. cases.Select((@case, index) => @case.DeviceGroup(index))];
        StepCandidate[] candidates = [.. cases.Select((@case, index) => new StepCandidate
        {
            LogitsRow = @case.Row,
            Position = @case.Position,
            Group = index,
        })];
        return Launch(rows, groups, candidates, Device.Upload([0]), mask, cases.Length, forgetRows);
    }

    internal (int Token, float Confidence)[] Launch(
        float[][] rows, StepGroup[] groups, StepCandidate[] candidates, ulong tokens, int mask, int used,
        bool forgetRows = false)
    {
        int vocabulary = rows[0].Length, stride = Width(vocabulary), count = candidates.Length;
        // What stands behind the vocabulary must not matter.
        float[] logits = Padded([.. rows.SelectMany(row => row)], vocabulary, stride);
        for (int i = 0; i < logits.Length; i++)
        {
            if (i % stride >= vocabulary) logits[i] = i % 2 == 0 ? float.NaN : float.MaxValue;
        }

        ulong drawnTokens = Device.Allocate<int>(count), confidences = Device.Allocate<float>(count);
        var kernel = new SampleKernel(Device.Library, Options(false));
        var parameters = new SampleParameters
        {
            DrawnTokens = drawnTokens,
            DrawnConfidences = confidences,
            Workspace = Device.Allocate<byte>(SampleKernel.WorkspaceBytes(vocabulary, count)),
            Logits = Device.Upload(logits),
            Tokens = tokens,
            Candidates = Device.Upload(candidates),
            Groups = Device.Upload(groups),
            Header = UploadHeader(new StepHeader { Candidates = used, Groups = groups.Length }),
            Vocabulary = vocabulary,
            Stride = stride,
            MaskToken = mask,
        };
        kernel.LaunchSlices(Device.Stream, parameters, count);
        if (forgetRows) Device.Stream.Fill(parameters.Logits, 0xFF, logits.Length * sizeof(float));
        kernel.LaunchSample(Device.Stream, parameters, count);
        return [.. Device.Download<int>(drawnTokens, count).Zip(Device.Download<float>(confidences, count))];
    }
}
