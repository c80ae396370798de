using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// What NVTX 3 keeps in each program that is linked with it, and hands to a tool that attaches: for every function of
/// its interface a variable, into which the tool writes the address of its own. What no tool wrote does nothing.
/// Numbers and layouts are those of <c>nvtxTypes.h</c>; a tool counts on all modules, also on those that nobody uses.
/// </summary>
internal static unsafe class NvtxTables
{
    private const uint Version = 3;
    private const int Stride = 17; // the largest module's entries, and a null behind them

    // Of the process, like the tool: it asks through functions that cannot tell one caller from another. Never freed.
    private static readonly Exports* Exported = Allocate();

    private static nint* Functions => (nint*)(Exported + 1); // [modules, Stride]

    private static nint** Pointers => (nint**)(Functions + Entries.Length * Stride); // [modules, Stride]

    // Of each module; 0 is neither a module nor an entry of one.
    private static ReadOnlySpan<byte> Entries => [0, 16, 9, 15, 7, 16, 7];

    /// <summary>What a tool asks for its tables with.</summary>
    public static delegate* unmanaged<uint, void*> GetExportTable => &ExportTable;

    /// <summary>The variable of a function.</summary>
    public static nint* Function(NvtxModule module, int entry) => Functions + (int)module * Stride + entry;

    /// <summary>Lets all functions do nothing.</summary>
    public static void Clear() => new Span<nint>(Functions, Entries.Length * Stride).Clear();

    private static Exports* Allocate()
    {
        int bytes = sizeof(Exports) + 2 * Entries.Length * Stride * sizeof(nint);
        var exports = (Exports*)NativeMemory.AllocZeroed((nuint)bytes);
        exports->CallbacksSize = (nuint)(sizeof(nuint) + sizeof(nint));
        exports->GetModuleFunctionTable = &ModuleFunctionTable;
        exports->VersionInfoSize = (nuint)(2 * sizeof(nuint) + sizeof(nint));
        exports->Version = Version;
        exports->SetInjectionNvtxVersion = &IgnoreVersion;
        var functions = (nint*)(exports + 1);
        var pointers = (nint**)(functions + Entries.Length * Stride);
        for (int module = 1; module < Entries.Length; module++)
        {
            for (int entry = module * Stride + 1; entry < module * Stride + Entries[module]; entry++)
                pointers[entry] = functions + entry;
        }

        return exports;
    }

    [UnmanagedCallersOnly]
    private static void* ExportTable(uint id) => id switch
    {
        1 => &Exported->CallbacksSize,
        3 => &Exported->VersionInfoSize,
        _ => null,
    };

    [UnmanagedCallersOnly]
    private static int ModuleFunctionTable(int module, nint*** table, uint* size)
    {
        if (module < 1 || module >= Entries.Length) return 0;
        if (table is not null) *table = Pointers + module * Stride;
        if (size is not null) *size = Entries[module];
        return 1;
    }

    [UnmanagedCallersOnly]
    private static void IgnoreVersion(uint version)
    {
    }

    /// <summary>NvtxExportTableCallbacks, and behind it NvtxExportTableVersionInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Exports
    {
        public nuint CallbacksSize;
        public delegate* unmanaged<int, nint***, uint*, int> GetModuleFunctionTable;
        public nuint VersionInfoSize;
        public uint Version;
        public uint Reserved;
        public delegate* unmanaged<uint, void> SetInjectionNvtxVersion;
    }
}

/// <summary>Modules of NVTX whose functions are called here.</summary>
internal enum NvtxModule
{
    /// <summary>What has a domain.</summary>
    Core2 = 5,
}
