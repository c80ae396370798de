namespace PlannedDiffusion.Engine;

/// <summary>Something that has a place in a heap.</summary>
internal interface IHeapItem
{
    /// <summary>Its index in the heap; negative outside.</summary>
    int HeapIndex { get; set; }
}

/// <summary>
/// A heap whose items know their place: the first is found in constant time, and any is added, moved or removed in
/// logarithmic time.
/// </summary>
/// <param name="comparer">The order; no two items are equal in it.</param>
internal sealed class IndexedHeap<T>(IComparer<T> comparer)
    where T : class, IHeapItem
{
    private readonly List<T> _items = [];

    /// <summary>Number of items.</summary>
    public int Count => _items.Count;

    /// <summary>The first item; null if there is none.</summary>
    public T? First => _items.Count > 0 ? _items[0] : null;

    /// <summary>Adds an item.</summary>
    public void Add(T item)
    {
        _items.Add(item);
        item.HeapIndex = _items.Count - 1;
        Move(item);
    }

    /// <summary>Removes an item.</summary>
    public void Remove(T item)
    {
        int index = item.HeapIndex;
        T last = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        item.HeapIndex = -1;
        if (last == item) return;
        Put(last, index);
        Move(last);
    }

    /// <summary>Finds the place of an item whose order has changed.</summary>
    public void Move(T item)
    {
        int index = item.HeapIndex;
        for (int parent; index > 0 && IsBefore(item, _items[parent = (index - 1) / 2]); index = parent)
            Put(_items[parent], index);
        while (LesserChild(index) is var child and >= 0 && IsBefore(_items[child], item))
        {
            Put(_items[child], index);
            index = child;
        }

        Put(item, index);
    }

    private int LesserChild(int index)
    {
        int child = (2 * index) + 1;
        if (child >= _items.Count) return -1;
        return child + 1 < _items.Count && IsBefore(_items[child + 1], _items[child]) ? child + 1 : child;
    }

    private bool IsBefore(T one, T other) => comparer.Compare(one, other) < 0;

    private void Put(T item, int index)
    {
        _items[index] = item;
        item.HeapIndex = index;
    }
}
