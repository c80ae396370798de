namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// One thread's part of a product. Usually it is some panels times all rows, so that only one thread reads each weight.
/// If the panels do not divide evenly and there are enough rows, it is all panels times some rows.
/// </summary>
internal readonly record struct ProductPart(int FirstPanel, int EndPanel, int FirstRow, int EndRow)
{
    /// <summary>Enough rows of a thread to fill the register tiles.</summary>
    private const int EnoughRows = 12;

    public int Rows => EndRow - FirstRow;

    public static ProductPart Of(int panels, int rows, int thread, int threads)
    {
        int busiest = (panels + threads - 1) / threads;
        bool uneven = 10 * busiest * threads > 11 * panels; // threads would wait for more than a tenth of the time
        return uneven && rows >= threads * EnoughRows
            ? new ProductPart(0, panels, Share(rows, thread, threads), Share(rows, thread + 1, threads))
            : new ProductPart(Share(panels, thread, threads), Share(panels, thread + 1, threads), 0, rows);
    }

    private static int Share(int count, int thread, int threads) => (int)((long)count * thread / threads);
}
