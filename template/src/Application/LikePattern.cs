namespace ProdReady.Application;

internal static class LikePattern
{
    public const string Escape = "\\";

    /// <summary>A LIKE pattern that finds the text anywhere in a lower-cased column; wildcards are escaped.</summary>
    public static string Containing(string text)
    {
        var literal = text.ToLowerInvariant()
            .Replace(Escape, Escape + Escape)
            .Replace("%", Escape + "%")
            .Replace("_", Escape + "_");

        return $"%{literal}%";
    }
}
