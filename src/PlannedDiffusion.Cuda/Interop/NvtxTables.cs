using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// The function tables that NVTX 3 keeps in a program and hands to a tool that attaches. For each function of the
/// interface there is a variable, into which the tool writes its own function's address. A function without an address
/// does nothing. Numbers and layouts are those of <c>nvtxTypes.h</c>. A tool expects all modules, even unused ones.
/// </summary>
internal static unsafe class NvtxTables
{
    private const uint Version = 3;
    private const int Stride = 17; // the entries of the largest module and a final null

    // One for the process, because the tool calls functions that do not identify their caller. Never freed.
    private static readonly Exports* Exported = Allocate();

    private static nint* Functions => (nint*)(Exported + 1); // [modules, Stride]

    private static nint** Pointers => (nint**)(Functions + Entries.Length * Stride); // [modules, Stride]

    // Entries of each module. Modules and entries are numbered from 1.
    private static ReadOnlySpan<byte> Entries => [0, 16, 9, 15, 7, 16, 7];

    /// <summary>The function with which a tool asks for the tables.</summary>
    public static delegate* unmanaged<uint, void*> GetExportTable => &ExportTable;

    /// <summary>The variable that holds a function's address.</summary>
    public static nint* Function(NvtxModule module, int entry) => Functions + (int)module * Stride + entry;

    /// <summary>Removes all functions of a tool.</summary>
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

    /// <summary><c>NvtxExportTableCallbacks</c>, followed by <c>NvtxExportTableVersionInfo</c>.</summary>
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

/// <summary>Modules of NVTX whose functions the runner calls.</summary>
internal enum NvtxModule
{
    /// <summary>Functions with a domain.</summary>
    Core2 = 5,
}
