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
        var visible = string.Concat(last.EnumerateRunes()
            .Where(IsVisible)
            .Select(rune => ForbiddenOnWindows.Contains(rune.ToString()) ? "_" : rune.ToString()));
        var text = HidingJoiners().Replace(visible, "").TrimEnd('.', ' ');
        var stem = Path.GetFileNameWithoutExtension(text).TrimStart('.', ' ');
        var extension = Path.GetExtension(text);

        if (Blank().IsMatch(stem) || Device().IsMatch(stem))
        {
            stem = $"_{stem}";
        }

        // FileKinds refuses an extension that leaves no room for a stem.
        return Shorten(stem, Math.Max(1, StoredFile.MaxNameLength - extension.Length)) + extension;
    }

    private static bool IsVisible(Rune rune) => rune != Rune.ReplacementChar && (rune.Value is 0x200C or 0x200D
        || Rune.GetUnicodeCategory(rune)
            is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.OtherNotAssigned));

    // ZWNJ and ZWJ form letters of Persian and Indic scripts, and ZWJ makes one picture of several emoji. At the
    // beginning, and behind an ASCII character or another joiner, they are only invisible.
    [GeneratedRegex(@"(?<=^|[\0-\x7F\u200C\u200D])[\u200C\u200D]+")]
    private static partial Regex HidingJoiners();

    // The fillers of Hangul and the empty cell of Braille are letters for Unicode, and show nothing.
    [GeneratedRegex(@"^[\s\p{M}\u115F\u1160\u2800\u3164\uFFA0]*$")]
    private static partial Regex Blank();

    // Not between the two halves of a surrogate pair.
    private static string Shorten(string text, int length) => text.Length <= length
        ? text
        : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    // Windows compares the part before the first dot, without spaces at its end.
    [GeneratedRegex(@"^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])\s*(\.|$)", Windows)]
    private static partial Regex Device();
}
