namespace PlannedDiffusion.Bench.Virtual;

/// <summary>A table of simulations.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Columns">The numbers that are printed.</param>
/// <param name="Rows">Makes its rows, one after the other.</param>
internal sealed record SimulationSection(
    string Name, IReadOnlyList<string> Columns, Func<SimulationPlan, StepTimes, IEnumerable<SimulationRow>> Rows)
{
    /// <summary>All tables.</summary>
    public static IReadOnlyList<SimulationSection> All { get; } =
    [
        new(CheckSection.Name, ["planned", "ar", "ratio", "passRatio"], CheckSection.Rows),
        new(
            LoadSections.Arrivals,
            ["whole50", "whole95", "whole99", "whole", "plan99", "gap99", "good"],
            LoadSections.ByArrivals),
        new(LoadSections.Closed, ["answersPerSecond", "whole50", "whole99", "gap99"], LoadSections.ByClients),
        new(LoadSections.Crossings, ["alone", "whole", "whole99"], LoadSections.Paying),
        new(
            RuleSections.Budget,
            ["plan99", "whole50", "whole99", "whole", "gap99", "gapMost", "answersPerSecond"],
            RuleSections.ByBudget),
        new(RuleSections.Order, ["whole50", "whole99", "whole", "first99", "gap99"], RuleSections.ByOrder),
        new(
            RuleSections.Prefill,
            ["plan50", "plan99", "whole50", "whole99", "gap50", "gap99", "gapMost"],
            RuleSections.ByPrefill),
        new(RuleSections.Fair, ["plan99", "whole50", "whole99", "answersPerSecond"], RuleSections.ByKey),
        new(RuleSections.Auto, ["whole50", "whole99", "whole", "planned", "good"], RuleSections.ByArrivals),
    ];
}
