using System.Globalization;

namespace ProdReady.Application.Files;

/// <summary>
/// Makes a file name safe to save on any system: no path, no invisible characters, no bidirectional overrides that make
/// an .exe look like a .png, and no name that Windows reserves for a device.
/// </summary>
internal static partial class DisplayName
{
    private const string ForbiddenOnWindows = "<>:\"|?*";
    private const RegexOptions Windows = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    public static string Of(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var text = string.Concat(last.EnumerateRunes()
            .Where(IsVisible)
            .Select(rune => ForbiddenOnWindows.Contains(rune.ToString()) ? "_" : rune.ToString())).Trim('.', ' ');
        var stem = Path.GetFileNameWithoutExtension(text);
        var extension = Path.GetExtension(text);

        if (stem.Length == 0 || Device().IsMatch(stem))
        {
            stem = $"_{stem}";
        }

        // FileKinds refuses an extension that leaves no room for a stem.
        return Shorten(stem, Math.Max(1, StoredFile.MaxNameLength - extension.Length)) + extension;
    }

    private static bool IsVisible(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);

    // Not between the two halves of a surrogate pair.
    private static string Shorten(string text, int length) => text.Length <= length
        ? text
        : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    // Windows compares the part before the first dot, without spaces at its end.
    [GeneratedRegex(@"^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])\s*(\.|$)", Windows)]
    private static partial Regex Device();
}
