using System.Runtime.CompilerServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class StepTablesTests(TestDevice device) : CudaTests(device)
{
    private const string Layouts =
        """
        #include "base/types.cuh"
        #include "host/layout.cuh"
        #include "host/step.cuh"

        PARAMETER_LAYOUT(header, StepHeader,
            FIELD(rows) FIELD(logits_rows) FIELD(candidates) FIELD(groups) FIELD(attention_items) FIELD(reserved[0])
            FIELD(reserved[1]) FIELD(reserved[2]))
        PARAMETER_LAYOUT(row, StepRow,
            FIELD(pool) FIELD(sequence) FIELD(position) FIELD(prefix_end) FIELD(block_start) FIELD(block_end)
            FIELD(first_item) FIELD(splits))
        PARAMETER_LAYOUT(item, AttentionItem,
            FIELD(first_row) FIELD(rows) FIELD(begin0) FIELD(end0) FIELD(begin1) FIELD(end1) FIELD(split) FIELD(splits))
        PARAMETER_LAYOUT(candidate, StepCandidate, FIELD(pool) FIELD(logits_row) FIELD(position) FIELD(group))
        PARAMETER_LAYOUT(group, StepGroup,
            FIELD(first) FIELD(count) FIELD(rule) FIELD(reveal) FIELD(steps_left) FIELD(threshold) FIELD(counter)
            FIELD(reset_carry) FIELD(confidence) FIELD(random_step) FIELD(temperature) FIELD(top_p) FIELD(top_k)
            FIELD(seed_low) FIELD(seed_high) FIELD(reserved))
        """;

    [Fact]
    public void SizesAreThoseOfTheKernels()
    {
        Assert.Equal(32, Unsafe.SizeOf<StepHeader>());
        Assert.Equal(32, Unsafe.SizeOf<StepRow>());
        Assert.Equal(8, Unsafe.SizeOf<StepGuard>());
        Assert.Equal(32, Unsafe.SizeOf<AttentionItem>());
        Assert.Equal(16, Unsafe.SizeOf<StepCandidate>());
        Assert.Equal(64, Unsafe.SizeOf<StepGroup>());
    }

    [Fact]
    public void FieldsLieWhereTheKernelsReadThem()
    {
        KernelSource source = KernelSource.FromText("tables.cu", Layouts);
        var options = new KernelOptions(true);

        ParameterLayout.AssertEqual<StepHeader>(Device, source, options, "header");
        ParameterLayout.AssertEqual<StepRow>(Device, source, options, "row");
        ParameterLayout.AssertEqual<AttentionItem>(Device, source, options, "item");
        ParameterLayout.AssertEqual<StepCandidate>(Device, source, options, "candidate");
        ParameterLayout.AssertEqual<StepGroup>(Device, source, options, "group");
    }
}
