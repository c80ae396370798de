using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Runtime;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests;

/// <summary>Holds a struct of the host against the one that a module was compiled with.</summary>
internal static class ParameterLayout
{
    private const int MostFields = 64;

    /// <summary>
    /// Compares the struct of a kernel file, whose kernel bears its name. Compiled as for a model, the file has no
    /// layout kernel: whatever a compiler thinks of that one, it is no reason not to start.
    /// </summary>
    public static void AssertEqual<T>(TestDevice device, string file, KernelOptions options)
        where T : unmanaged
    {
        string name = Path.GetFileNameWithoutExtension(file);
        CudaModule served = device.Library.Load(file, options);
        CudaException absent = Assert.Throws<CudaException>(() => served.GetFunction($"{name}_layout"));
        Assert.Equal((int)CudaResult.NotFound, absent.Code);
        AssertEqual<T>(device, KernelSource.Embedded(file), options, name);
    }

    /// <summary>
    /// Runs the kernel <paramref name="name"/>_layout (<c>PARAMETER_LAYOUT</c>), which writes the size of its struct
    /// and the offset of each field, and compares.
    /// </summary>
    /// <param name="device">Where the kernel runs.</param>
    /// <param name="source">Its text.</param>
    /// <param name="options">What it is compiled for.</param>
    /// <param name="name">The name given to <c>PARAMETER_LAYOUT</c>.</param>
    public static void AssertEqual<T>(TestDevice device, KernelSource source, KernelOptions options, string name)
        where T : unmanaged
    {
        CudaModule module = device.Library.Load(source, options.With(("PARAMETER_LAYOUTS", 1)));
        string[] fields = FieldsOf(typeof(T));
        ulong output = device.Allocate<int>(MostFields);
        var parameters = new Parameters { Layout = output };
        module.GetFunction($"{name}_layout").Launch(device.Stream, new(1), new(1), 0, parameters);
        int[] layout = device.Download<int>(output, MostFields);

        // What the kernel did not write is -1.
        int[] written = [.. layout.TakeWhile(value => value >= 0)];
        int listed = written.Length - 1;
        Assert.True(listed == fields.Length, $"{name} lists {listed} fields, the struct has {fields.Length}.");
        var here = fields.Select(field => $"{field} at {Marshal.OffsetOf<T>(field)}");
        var there = fields.Zip(written[1..], (field, offset) => $"{field} at {offset}");
        Assert.Equal([$"size {Unsafe.SizeOf<T>()}", .. here], [$"size {written[0]}", .. there]);
    }

    private static string[] FieldsOf(Type type) =>
        [.. type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .OrderBy(field => (long)Marshal.OffsetOf(type, field.Name))
            .Select(field => field.Name)];

    [StructLayout(LayoutKind.Sequential)]
    private struct Parameters
    {
        public ulong Layout;
    }
}
