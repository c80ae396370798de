using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<float>;

namespace PlannedDiffusion.Cpu.Simd;

internal unsafe struct Simd512 : ISimd<Vector>
{
    public static int Count => 16;

    public static int TileRows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector LoadEvenBFloat16(byte* pairs) => (Vector512.Load((uint*)pairs) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector LoadOddBFloat16(byte* pairs) =>
        (Vector512.Load((uint*)pairs) & Vector512.Create(0xFFFF0000u)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Add(Vector left, Vector right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Subtract(Vector left, Vector right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Multiply(Vector left, Vector right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Divide(Vector left, Vector right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Max(Vector left, Vector right) => Vector512.MaxNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Min(Vector left, Vector right) => Vector512.MinNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector MultiplyAdd(Vector left, Vector right, Vector addend) =>
        Vector512.FusedMultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector ScaleByPowerOfTwo(Vector value, Vector shifter) =>
        (value.AsInt32() + (shifter.AsInt32() << 23)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector ZeroWhereLess(Vector test, Vector bound, Vector value) =>
        Vector512.AndNot(value, Vector512.LessThan(test, bound));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotLess(Vector test, Vector bound) =>
        (uint)Vector512.GreaterThanOrEqual(test, bound).ExtractMostSignificantBits();
}
