using System.Globalization;
using System.Text;

namespace ProdReady.Application.Files;

/// <summary>
/// Makes a file name safe to save on any system: no path, no invisible characters, no bidirectional overrides that make
/// an .exe look like a .png, and no name that Windows reserves for a device.
/// </summary>
internal static class DisplayName
{
    private const string ForbiddenOnWindows = "<>:\"|?*";

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
    };

    public static string Of(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var visible = new StringBuilder();
        foreach (var rune in last.EnumerateRunes())
        {
            var isSafe = Rune.GetUnicodeCategory(rune) is not (
                UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
            if (isSafe && rune != Rune.ReplacementChar)
            {
                visible.Append(ForbiddenOnWindows.Contains(rune.ToString()) ? "_" : rune.ToString());
            }
        }

        var text = visible.ToString().Trim('.', ' ');
        var stem = Path.GetFileNameWithoutExtension(text);
        var extension = Path.GetExtension(text);

        // Windows compares the part before the first dot.
        if (stem.Length == 0 || Devices.Contains(stem.Split('.')[0].TrimEnd()))
        {
            stem = $"_{stem}";
        }

        return Shorten(stem, StoredFile.MaxNameLength - extension.Length) + extension;
    }

    private static string Shorten(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        // Not between the two halves of a surrogate pair.
        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }
}
