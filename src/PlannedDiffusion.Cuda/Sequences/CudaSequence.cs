namespace PlannedDiffusion.Cuda.Sequences;

/// <summary>The place of an open sequence in the pool.</summary>
/// <param name="Slot">Its number among the open sequences, which is the index of its counters.</param>
/// <param name="Start">The pool index of position 0.</param>
/// <param name="Capacity">The number of its positions.</param>
internal readonly record struct CudaSequence(int Slot, int Start, int Capacity);
