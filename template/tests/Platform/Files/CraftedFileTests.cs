using System.Text;
using ProdReady.Application.Files;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>A file that consists of millions of blocks costs little CPU, whether it is accepted or refused.</summary>
// The CPU of the process would have that of other tests in it.
[CollectionDefinition(nameof(CraftedFileTests), DisableParallelization = true)]
[Collection(nameof(CraftedFileTests))]
public sealed class CraftedFileTests
{
    private const int Size = 5 * 1024 * 1024;

    private static readonly byte[] JpegScan =
    [
        0xFF, 0xD8, 0xFF, 0xC0, 0, 8, 8, 0, 1, 0, 1, 0, 0xFF, 0xDA, 0, 2,
    ];

    private static readonly Dictionary<string, (string Name, string Type, byte[] Content)> Files = new()
    {
        ["one-byte blocks"] = Gif([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2], [1, 0]),
        ["empty extensions"] = Gif([], [0x21, 0xFE, 0]),
        ["empty pictures"] = Gif([], [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0]),
        ["empty segments"] = ("a.jpg", "image/jpeg", Repeat([0xFF, 0xD8], [0xFF, 0xE0, 0, 2])),
        ["fill bytes"] = ("a.jpg", "image/jpeg", Repeat([0xFF, 0xD8], [0xFF])),
        ["frames"] = ("a.jpg", "image/jpeg", Repeat([0xFF, 0xD8], [0xFF, 0xC0, 0, 7, 8, 0, 1, 0, 1])),
        ["escaped bytes"] = ("a.jpg", "image/jpeg", Repeat(JpegScan, [0xFF, 0])),
        ["escaped fill bytes"] = ("a.jpg", "image/jpeg", Repeat(JpegScan, [0xFF])),
        ["empty chunks of a PNG"] = (
            "a.png", "image/png", Repeat(Pictures.Photo[..33], [0, 0, 0, 0, .. "teXt"u8, 0, 0, 0, 0])),
        ["empty chunks of a WebP"] = WebP([.. "ICCP"u8, 0, 0, 0, 0]),
        ["canvases of a WebP"] = WebP([.. "VP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ["NULs of a GIF"] = Gif([], [0]),
        ["stray bytes"] = ("a.jpg", "image/jpeg", Repeat([0xFF, 0xD8, 0xFF, 0xE0, 0, 2], [0])),
        ["stray escaped bytes"] = ("a.jpg", "image/jpeg", Repeat([0xFF, 0xD8, 0xFF, 0xE0, 0, 2], [0xFF, 0])),
        ["trailers of a PDF"] = Pdf("", "startxref"),
        ["trailers with an offset"] = Pdf("", "startxref 9%%EOF"),
        ["text behind a PDF"] = Pdf("startxref 9%%EOF", "0 objects "),
    };

    public static TheoryData<string> Kinds => [.. Files.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Five_megabytes_cost_less_than_300_ms(string kind)
    {
        var (name, type, content) = Files[kind];
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, content, Scenarios.Ct);

        // The first run compiles the code, and the end of another test may still take CPU: the least of five counts.
        var cpu = Enumerable.Range(0, 5).Min(_ => CpuOfCheck(name, type, path));

        TestContext.Current.TestOutputHelper!.WriteLine($"{kind}: {cpu.TotalMilliseconds:N0} ms");
        File.Delete(path);
        Assert.InRange(cpu, TimeSpan.Zero, TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public void A_check_ends_when_the_request_is_cancelled()
    {
        var (name, type, content) = Files["empty chunks of a PNG"];

        Assert.ThrowsAny<OperationCanceledException>(() => FileKinds.Of(name, type).Check(
            new MemoryStream(content), long.MaxValue, new CancellationToken(canceled: true)));
    }

    private static TimeSpan CpuOfCheck(string name, string type, string path)
    {
        using var file = File.OpenRead(path);
        var before = Environment.CpuUsage.TotalTime;
        Assert.Throws<UnsupportedFileException>(
            () => FileKinds.Of(name, type).Check(file, long.MaxValue, Scenarios.Ct));

        return Environment.CpuUsage.TotalTime - before;
    }

    private static (string Name, string Type, byte[] Content) Gif(byte[] picture, byte[] block) =>
        ("a.gif", "image/gif", Repeat([.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, .. picture], block));

    private static (string Name, string Type, byte[] Content) WebP(byte[] chunk) =>
        ("a.webp", "image/webp", Repeat([.. "RIFF"u8, .. BitConverter.GetBytes(Size - 8), .. "WEBP"u8], chunk));

    private static (string Name, string Type, byte[] Content) Pdf(string rest, string block) =>
    (
        "a.pdf",
        "application/pdf",
        Repeat(Encoding.ASCII.GetBytes($"%PDF-1.7 1 0 obj {rest}"), Encoding.ASCII.GetBytes(block)));

    private static byte[] Repeat(byte[] head, byte[] block)
    {
        var file = new byte[Size];
        head.CopyTo(file, 0);
        for (var i = head.Length; i < Size; i++)
        {
            file[i] = block[(i - head.Length) % block.Length];
        }

        return file;
    }
}
