using System.Text.Json.Serialization;

namespace ProdReady.Application.Files;

/// <summary>A file that has arrived whole, and is what it says. Nobody keeps it yet.</summary>
/// <param name="Id">Names it from now on. A second attempt to keep it finds what the first has done.</param>
/// <param name="FileName">As the client called it, and harmless.</param>
/// <param name="ContentType">What the content was found to be.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Sha256">Of the content, in hexadecimal.</param>
/// <param name="Path">Where it lies until then.</param>
internal sealed record UploadedFile(
    [property: JsonIgnore] Guid Id,
    string FileName,
    string ContentType,
    long Size,
    string Sha256,
    [property: JsonIgnore] string Path);
