namespace ProdReady.Api.Errors;

/// <summary>
/// What is wrong with each member, in a response of bounded length: a body of 256 KiB can have 80,000 wrong items, or
/// one unknown member whose name fills it.
/// </summary>
internal static class BoundedErrors
{
    public const int Max = 100;

    private const int MaxLength = 200;

    /// <returns>Null as the note if these are all errors.</returns>
    public static (IDictionary<string, string[]> Errors, string? Note) Of(IDictionary<string, string[]> errors)
    {
        var all = errors.SelectMany(member => member.Value.Select(message => (member.Key, message)));
        var bounded = all.Take(Max).GroupBy(error => Cut(error.Key), error => Cut(error.message))
            .ToDictionary(member => member.Key, member => member.ToArray());

        return (bounded, all.Skip(Max).Any() ? $" There are more than these {Max} errors." : null);
    }

    private static string Cut(string text) => text.Length <= MaxLength
        ? text
        // Not between the halves of a surrogate pair.
        : $"{text.AsSpan(0, MaxLength - (char.IsHighSurrogate(text[MaxLength - 1]) ? 1 : 0))}…";
}
