using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace ProdReady.Application;

/// <summary>Keyset pages: inserts shift nothing. OFFSET would repeat rows, and get slower with each page.</summary>
internal static class Paging
{
    public static IRuleBuilderOptions<T, string?> PageCursor<T>(this IRuleBuilder<T, string?> rule) => rule
        .PlainText(100)
        .Must(text => text is null || Cursor.TryParse(text, out _))
        .WithMessage("Must be the nextCursor of another page.");

    /// <summary>
    /// One page, newest first. It needs an index on the filter and both keys, such as (owner_id, created_at, id);
    /// without one, the database sorts all rows for each page.
    /// </summary>
    public static async Task<Page<TItem>> ToPage<TRow, TItem>(
        this IQueryable<TRow> rows,
        int limit,
        string? cursor,
        Expression<Func<TRow, DateTimeOffset>> createdAt,
        Expression<Func<TRow, Guid>> id,
        Func<TRow, TItem> toItem,
        CancellationToken ct)
    {
        if (Cursor.TryParse(cursor, out var last))
        {
            rows = rows.Where(IsAfter(last, createdAt, id));
        }

        // One row more than the page holds shows whether there is a next page.
        var found = await rows.OrderByDescending(createdAt).ThenByDescending(id).Take(limit + 1).ToListAsync(ct);
        var next = found.Count > limit
            ? new Cursor(ValueOf(createdAt, found[limit - 1]), ValueOf(id, found[limit - 1]))
            : null;

        return new Page<TItem>([.. found.Take(limit).Select(toItem)], next?.ToString());
    }

    private static Expression<Func<TRow, bool>> IsAfter<TRow>(
        Cursor last, Expression<Func<TRow, DateTimeOffset>> createdAt, Expression<Func<TRow, Guid>> id)
    {
        Expression<Func<DateTimeOffset, Guid, bool>> isAfter = (rowCreatedAt, rowId) =>
            // The first condition is a range of the index; an OR alone would filter all rows of the pages before.
            rowCreatedAt <= last.CreatedAt && (rowCreatedAt < last.CreatedAt || rowId < last.Id);

        // EF Core translates one lambda over the row, so the two keys are put in place of the two parameters.
        var row = createdAt.Parameters[0];
        var idOfRow = ReplacingExpressionVisitor.Replace(id.Parameters[0], row, id.Body);
        var keys = new ReplacingExpressionVisitor([.. isAfter.Parameters], [createdAt.Body, idOfRow]);

        return Expression.Lambda<Func<TRow, bool>>(keys.Visit(isAfter.Body), row);
    }

    // Interpreted, because compiling to IL costs more than the one call.
    private static TKey ValueOf<TRow, TKey>(Expression<Func<TRow, TKey>> key, TRow row) =>
        key.Compile(preferInterpretation: true)(row);
}

/// <summary>One page of a list.</summary>
/// <param name="Items">The entries of this page.</param>
/// <param name="NextCursor">Send it as <c>cursor</c> to get the next page; null on the last page.</param>
/// <example>{ "items": [], "nextCursor": "08de81a3b5c7f2d5019a1f3d52c87a048e2b6d1f90c7a35e" }</example>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>The keys of the last row of a page, as opaque text.</summary>
internal sealed record Cursor(DateTimeOffset CreatedAt, Guid Id)
{
    private const int TicksLength = 16;

    public override string ToString() => $"{CreatedAt.UtcTicks:x16}{Id:N}";

    public static bool TryParse(string? text, [NotNullWhen(true)] out Cursor? cursor)
    {
        cursor = text?.Length > TicksLength
            && long.TryParse(text.AsSpan(0, TicksLength), NumberStyles.AllowHexSpecifier, null, out var ticks)
            && ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks
            && Guid.TryParseExact(text.AsSpan(TicksLength), "N", out var id)
                ? new Cursor(new DateTimeOffset(ticks, TimeSpan.Zero), id)
                : null;

        return cursor is not null;
    }
}
