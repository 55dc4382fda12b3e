namespace ProdReady.Application;

/// <summary>One page of a list.</summary>
/// <param name="Items">The entries of this page.</param>
/// <param name="NextCursor">What to send as <c>cursor</c> for the next page; null on the last one.</param>
/// <example>{ "items": [], "nextCursor": "CN7Qm1W8gAABm8Yl1XN9xo8pdKvEWrXh" }</example>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    /// <summary>Makes the page of a query that asked for one row more than the page holds.</summary>
    public static Page<T> From<TRow>(
        IReadOnlyList<TRow> rows, int limit, Func<TRow, T> toItem, Func<TRow, Cursor> toCursor) =>
        new(
            [.. rows.Take(limit).Select(toItem)],
            rows.Count > limit ? toCursor(rows[limit - 1]).ToString() : null);
}
