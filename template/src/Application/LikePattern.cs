namespace ProdReady.Application;

internal static class LikePattern
{
    public const string Escape = "\\";

    /// <summary>
    /// The LIKE pattern for a text that stands anywhere in a lower-cased column, wildcards taken literally.
    /// </summary>
    public static string Containing(string text)
    {
        var literal = text.ToLowerInvariant()
            .Replace(Escape, Escape + Escape)
            .Replace("%", Escape + "%")
            .Replace("_", Escape + "_");

        return $"%{literal}%";
    }
}
