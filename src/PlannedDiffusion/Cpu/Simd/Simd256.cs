using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector256<float>;

namespace PlannedDiffusion.Cpu.Simd;

internal unsafe struct Simd256 : ISimd<Vector>
{
    public static int Count => 8;

    public static int TileRows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector LoadEvenBFloat16(byte* pairs) => (Vector256.Load((uint*)pairs) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector LoadOddBFloat16(byte* pairs) =>
        (Vector256.Load((uint*)pairs) & Vector256.Create(0xFFFF0000u)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Add(Vector left, Vector right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Subtract(Vector left, Vector right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Multiply(Vector left, Vector right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Divide(Vector left, Vector right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Max(Vector left, Vector right) => Vector256.MaxNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Min(Vector left, Vector right) => Vector256.MinNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector MultiplyAdd(Vector left, Vector right, Vector addend) =>
        Vector256.FusedMultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector ScaleByPowerOfTwo(Vector value, Vector shifter) =>
        (value.AsInt32() + (shifter.AsInt32() << 23)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector ZeroWhereLess(Vector test, Vector bound, Vector value) =>
        Vector256.AndNot(value, Vector256.LessThan(test, bound));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotLess(Vector test, Vector bound) =>
        Vector256.GreaterThanOrEqual(test, bound).ExtractMostSignificantBits();
}
