namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>Where an open sequence lies in the pool.</summary>
/// <param name="Slot">Its place among the open ones, which says where its carry counters are.</param>
/// <param name="Start">Pool index of its position 0.</param>
/// <param name="Capacity">Its positions.</param>
internal readonly record struct CudaSequence(int Slot, int Start, int Capacity);
