using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Models.Packing;

namespace PlannedDiffusion.Cuda.Loading;

/// <summary>
/// Copies weights from files to the device. It converts and pads a piece into pinned memory. The device copies that
/// piece while the next one is converted.
/// </summary>
internal sealed class WeightUpload : IDisposable
{
    /// <summary>One piece is copied, one waits, one is filled.</summary>
    private const int Pieces = 3;

    private const long PieceBytes = 32 << 20;

    /// <summary>Smaller pieces are converted on one thread, because waking others would not pay.</summary>
    private const long ParallelBytes = 1 << 20;

    private readonly CudaStream _stream;
    private readonly Precision _precision;
    private readonly PinnedMemory[] _pieces = new PinnedMemory[Pieces];
    private readonly CudaEvent[] _copied = new CudaEvent[Pieces];
    private readonly IProgress<LoadProgress>? _progress;
    private readonly long _total;
    private long _done;
    private int _next;

    /// <param name="device">The device.</param>
    /// <param name="stream">The stream of the copies.</param>
    /// <param name="precision">The element type on the device.</param>
    /// <param name="largest">Bytes of the largest tensor on the device.</param>
    /// <param name="total">Bytes of all matrices in the files, for progress.</param>
    /// <param name="progress">Receives a report after each piece.</param>
    public WeightUpload(
        CudaDevice device,
        CudaStream stream,
        Precision precision,
        long largest,
        long total,
        IProgress<LoadProgress>? progress)
    {
        _stream = stream;
        _precision = precision;
        _total = total;
        _progress = progress;
        try
        {
            for (int i = 0; i < Pieces; i++)
            {
                _pieces[i] = device.AllocatePinned(Math.Min(PieceBytes, largest), "staging of weights");
                _copied[i] = device.CreateEvent();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Uploads a matrix with its padding.</summary>
    public void Matrix(WeightMatrix target, StackedRows source)
    {
        long rowBytes = (long)target.PaddedColumns * ElementBytes(_precision);
        int rowsPerPiece = checked((int)Math.Max(1, _pieces[0].Bytes / rowBytes));
        for (int first = 0; first < target.PaddedRows; first += rowsPerPiece)
        {
            int rows = Math.Min(rowsPerPiece, target.PaddedRows - first);
            nint piece = Take(rows * rowBytes);
            Fill(piece, rows, target.PaddedColumns, source, first);
            Send(target.Address + (ulong)(first * rowBytes), piece, rows * rowBytes);
            Report(source, Math.Min(first + rows, source.Rows), Math.Min(first, source.Rows));
        }
    }

    /// <summary>Uploads vectors one after another as f32, padded with zeros to the size of the memory.</summary>
    public unsafe void Vector(DeviceMemory target, params ReadOnlySpan<WeightTensor> parts)
    {
        nint piece = Take(target.Bytes);
        var values = new Span<float>((void*)piece, checked((int)(target.Bytes / sizeof(float))));
        foreach (WeightTensor part in parts)
        {
            WeightValues.ReadFloats(part, 0, values[..part.Columns]);
            values = values[part.Columns..];
        }

        values.Clear();
        Send(target.Address, piece, target.Bytes);
    }

    /// <summary>Waits until all weights are on the device.</summary>
    public void Complete()
    {
        _stream.Synchronize();
        _progress?.Report(new LoadProgress(_total, _total));
    }

    /// <summary>Frees the pinned memory when the copies are done.</summary>
    public void Dispose()
    {
        _stream.Finish();
        foreach (CudaEvent? copied in _copied) copied?.Dispose();
        foreach (PinnedMemory? piece in _pieces) piece?.Dispose();
    }

    public static int ElementBytes(Precision precision) =>
        precision == Precision.BF16 ? sizeof(ushort) : sizeof(float);

    private nint Take(long bytes)
    {
        PinnedMemory piece = _pieces[_next];
        if (bytes > piece.Bytes) throw new InvalidOperationException($"A piece of {bytes} bytes, {piece.Bytes} there.");
        _copied[_next].Synchronize();
        return piece.Address;
    }

    private void Send(ulong target, nint piece, long bytes)
    {
        _stream.CopyToDevice(target, piece, bytes);
        _stream.Record(_copied[_next]);
        _next = (_next + 1) % Pieces;
    }

    private void Report(StackedRows source, int end, int first)
    {
        if (_progress is null || end == first) return;
        _done += source.StoredBytes * end / source.Rows - source.StoredBytes * first / source.Rows;
        if (_done < _total) _progress.Report(new LoadProgress(_done, _total));
    }

    private void Fill(nint piece, int rows, int paddedColumns, StackedRows source, int first)
    {
        nint rowBytes = (nint)paddedColumns * ElementBytes(_precision);
        if (rows * rowBytes < ParallelBytes)
        {
            for (int i = 0; i < rows; i++) FillRow(piece + i * rowBytes, paddedColumns, source, first + i);
            return;
        }

        ParallelLoop.Run(rows, -1, i => FillRow(piece + i * rowBytes, paddedColumns, source, first + i));
    }

    private unsafe void FillRow(nint target, int paddedColumns, StackedRows source, int row)
    {
        var stored = new ColumnBlock(row, 1, 0, source.Columns);
        if (_precision == Precision.BF16)
        {
            Span<ushort> values = new((void*)target, paddedColumns);
            source.ReadBFloat16(stored, values[..source.Columns]);
            values[source.Columns..].Clear();
        }
        else
        {
            Span<float> values = new((void*)target, paddedColumns);
            source.ReadFloats(stored, values[..source.Columns]);
            values[source.Columns..].Clear();
        }
    }
}
