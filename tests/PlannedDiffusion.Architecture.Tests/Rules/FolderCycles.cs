using PlannedDiffusion.Architecture.Tests.Sources;

namespace PlannedDiffusion.Architecture.Tests.Rules;

/// <summary>Folders that use each other, directly or through others.</summary>
public static class FolderCycles
{
    /// <summary>The arrows that lie on cycles: a list for each group of folders that all reach each other.</summary>
    public static IReadOnlyList<IReadOnlyList<Arrow>> In(IReadOnlyCollection<Arrow> arrows)
    {
        ILookup<Place, Place> next = arrows.ToLookup(arrow => arrow.From, arrow => arrow.To);
        Dictionary<Place, HashSet<Place>> reached = arrows.SelectMany(arrow => (Place[])[arrow.From, arrow.To])
            .Distinct().ToDictionary(place => place, place => ReachedFrom(place, next));
        return
        [
            .. arrows.Where(arrow => reached[arrow.To].Contains(arrow.From))
                .GroupBy(arrow => reached[arrow.From].Where(place => reached[place].Contains(arrow.From))
                    .Select(place => place.ToString()).Order(StringComparer.Ordinal).First())
                .Select(group => group.ToList()),
        ];
    }

    private static HashSet<Place> ReachedFrom(Place start, ILookup<Place, Place> next)
    {
        HashSet<Place> reached = [];
        Stack<Place> open = new([start]);
        while (open.TryPop(out Place place))
        {
            foreach (Place other in next[place].Where(reached.Add)) open.Push(other);
        }

        return reached;
    }
}
