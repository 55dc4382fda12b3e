using System.Text.Json.Serialization;

namespace ProdReady.Application.Files;

/// <summary>A file that was received and is not stored yet.</summary>
/// <param name="Id">The id of its row. A retry that keeps the same upload once more gets the same id.</param>
/// <param name="FileName">The client's name for it, without what could do harm.</param>
/// <param name="ContentType">Of its kind, with which its content agrees.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Sha256">Of the content, in hexadecimal.</param>
/// <param name="Path">Of the temporary file.</param>
internal sealed record UploadedFile(
    [property: JsonIgnore] Guid Id,
    string FileName,
    string ContentType,
    long Size,
    string Sha256,
    [property: JsonIgnore] string Path) : IDisposable
{
    public void Dispose() => File.Delete(Path);
}
