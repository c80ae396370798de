using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>Reads weights for comparisons.</summary>
public static class WeightTensorBytes
{
    /// <summary>A copy of the tensor's bytes.</summary>
    public static byte[] Bytes(this WeightTensor tensor)
    {
        byte[] bytes = new byte[checked(tensor.Rows * tensor.Columns * WeightValues.SizeOf(tensor.Type))];
        tensor.Data.Read(0, bytes);
        return bytes;
    }
}
