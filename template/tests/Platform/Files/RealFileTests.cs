using System.Text;
using ProdReady.Application.Files;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>Files as devices, programs and servers make them: what every viewer opens is accepted.</summary>
public sealed class RealFileTests
{
    private static readonly byte[] Pdf = Pictures.Read("letter.pdf");
    private static readonly byte[] Jpeg = Pictures.Read("photo.jpg");
    private static readonly byte[] Gif = Pictures.Read("photo.gif");
    private static readonly byte[] WebP = Pictures.Read("lossless.webp");

    private static readonly byte[] Film = [0, 0, 0, 24, .. "ftypmp42"u8, .. new byte[5_000]];
    private static readonly byte[] Html = Encoding.ASCII.GetBytes(
        $"\r\n<html><body>A list of 10 objects{new string(' ', 40_000)}</body></html>");

    // The end of the segment of JFIF, behind which the others begin.
    private const int JpegHead = 20;

    private static readonly byte[] Update =
    [
        .. "4 0 obj\n<< /Title (new) >>\nendobj\nxref\n4 1\n0000000329 00000 n \n"u8,
        .. "trailer\n<< /Size 5 /Prev 186 /Root 1 0 R >>\nstartxref\n373\n%%EOF\n"u8,
    ];

    // As Acrobat writes it for the web: the first trailer, with the offset 0, comes before the pages.
    private static readonly byte[] Linearized =
    [
        .. "%PDF-1.5\n4 0 obj\n<< /Linearized 1 /L 500 /N 1 >>\nendobj\nxref\n4 1\n0000000009 00000 n \n"u8,
        .. "trailer\n<< /Size 5 /Root 1 0 R /Prev 300 >>\nstartxref\r\n0\r\n%%EOF\r\n"u8,
        .. Pdf[9..],
    ];

    private static readonly Dictionary<string, (string Name, byte[] Content)> Accepted = new()
    {
        ["PDF with padding behind it"] = ("a.pdf", [.. Pdf, .. new byte[50_000]]),
        ["PDF with the page of a server behind it"] = ("a.pdf", [.. Pdf, .. Html]),
        ["PDF with a byte order mark"] = ("a.pdf", [0xEF, 0xBB, 0xBF, .. Pdf]),
        ["PDF behind the headers of a mail"] =
            ("a.pdf", [.. Encoding.ASCII.GetBytes($"X: {new string('x', 1_000)}\r\n\r\n"), .. Pdf]),
        ["PDF with the line breaks of Windows"] = ("a.pdf", Replaced("\n", "\r\n")),
        ["PDF with an update"] = ("a.pdf", [.. Pdf, .. Update, .. Update]),
        ["PDF for the web"] = ("a.pdf", Linearized),
        ["PDF with the offset 0"] = ("a.pdf", Replaced("startxref\n186", "startxref\n0")),
        ["JPEG with stray bytes"] = ("a.jpg", With(Jpeg, JpegHead, 0, 0x12, 0x34)),
        ["JPEG with an escaped byte"] = ("a.jpg", With(Jpeg, JpegHead, 0xFF, 0)),
        ["JPEG with fill bytes"] = ("a.jpg", With(Jpeg, JpegHead, 0xFF, 0xFF, 0xFF)),
        ["JPEG with a restart marker"] = ("a.jpg", With(Jpeg, JpegHead, 0xFF, 0xD0)),
        ["JPEG with a thumbnail"] =
            ("a.jpg", With(Jpeg, 2, [0xFF, 0xE1, (byte)((Jpeg.Length + 2) >> 8), (byte)(Jpeg.Length + 2), .. Jpeg])),
        ["JPEG with a second picture"] = ("a.jpg", [.. Jpeg, .. Jpeg]),
        ["JPEG with a film"] = ("a.jpg", [.. Jpeg, .. Film]),
        ["GIF with a NUL before the end"] = ("a.gif", [.. Gif[..^1], 0, 0, Gif[^1]]),
        ["GIF with a comment and a NUL"] = ("a.gif", [.. Gif[..^1], 0x21, 0xFE, 1, (byte)'a', 0, 0, Gif[^1]]),
        ["GIF with padding"] = ("a.gif", [.. Gif, .. new byte[700]]),
        ["PNG with a film"] = ("a.png", [.. Pictures.Photo, .. Film]),
        ["WebP with padding"] = ("a.webp", [.. WebP, .. new byte[700]]),
        ["WebP without the last padding byte"] = ("a.webp", WithoutPadding()),
    };

    private static readonly Dictionary<string, (string Name, byte[] Content)> Refused = new()
    {
        ["PDF that begins too late"] = ("a.pdf", [.. new byte[1_100], .. Pdf]),
        ["page about PDF"] = ("a.pdf", [.. "<html>%PDF-1.7, then startxref 9 %%EOF</html>"u8]),
        ["other program's PDF-"] = ("a.pdf", [.. "%PDF-x.y\n1 0 obj\nstartxref\n9\n%%EOF"u8]),
        ["script behind two bytes of JPEG"] = ("a.jpg", [0xFF, 0xD8, .. "<script>"u8, .. Jpeg[2..]]),
        ["JPEG with a second beginning"] = ("a.jpg", With(Jpeg, JpegHead, 0xFF, 0xD8)),
        ["text that begins like a GIF"] = ("a.gif", [.. "GIF89a"u8, .. new byte[5_000], 0x3B]),
        ["film with the name of a picture"] = ("a.jpg", [.. Film, .. Jpeg]),
        ["padding with the name of a picture"] = ("a.png", new byte[5_000]),
    };

    public static TheoryData<string> AcceptedFiles => [.. Accepted.Keys];

    public static TheoryData<string> RefusedFiles => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(AcceptedFiles))]
    public void What_every_viewer_opens_is_accepted(string file)
    {
        var (name, content) = Accepted[file];

        Check(name, content);
    }

    [Theory]
    [MemberData(nameof(RefusedFiles))]
    public void What_only_begins_or_ends_like_a_file_is_refused(string file)
    {
        var (name, content) = Refused[file];

        Assert.Throws<UnsupportedFileException>(() => Check(name, content));
    }

    [Fact]
    public void A_pdf_for_the_web_that_is_cut_off_is_refused()
    {
        for (var length = 0; length < Linearized.Length - 1; length++)
        {
            Assert.Throws<UnsupportedFileException>(() => Check("a.pdf", Linearized[..length]));
        }
    }

    [Fact]
    public void An_update_of_a_pdf_that_is_cut_off_is_refused()
    {
        // With less of it than the beginning of its first object, the file is the one before the update.
        for (var length = "4 0 obj".Length; length < Update.Length - 1; length++)
        {
            Assert.Throws<UnsupportedFileException>(() => Check("a.pdf", [.. Pdf, .. Update[..length]]));
        }
    }

    [Fact]
    public void A_picture_with_stray_bytes_that_is_cut_off_is_refused()
    {
        foreach (var (name, content) in Accepted.Where(file => file.Key is "JPEG with stray bytes"
            or "JPEG with a thumbnail" or "GIF with a NUL before the end").Select(file => file.Value))
        {
            for (var length = 0; length < content.Length; length++)
            {
                Assert.Throws<UnsupportedFileException>(() => Check(name, content[..length]));
            }
        }
    }

    private static void Check(string name, byte[] content) => FileKinds.Of(name, contentType: null).Check(
        new MemoryStream(content), long.MaxValue, Scenarios.Ct);

    private static byte[] Replaced(string text, string by) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(Pdf).Replace(text, by));

    private static byte[] With(byte[] file, int position, params byte[] inserted) =>
        [.. file[..position], .. inserted, .. file[position..]];

    // A private chunk of one byte, without the byte that makes its length even.
    private static byte[] WithoutPadding()
    {
        byte[] file = [.. WebP, .. "prIv"u8, 1, 0, 0, 0, 7];
        BitConverter.TryWriteBytes(file.AsSpan(4), file.Length - 8);

        return file;
    }
}
