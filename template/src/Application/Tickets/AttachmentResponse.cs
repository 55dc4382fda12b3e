namespace ProdReady.Application.Tickets;

/// <summary>A file that belongs to a ticket.</summary>
/// <param name="Id">The id of the attachment.</param>
/// <param name="FileName">The file name from the upload, without unsafe characters.</param>
/// <param name="ContentType">The media type, detected from the content.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Sha256">The SHA-256 of the content, 64 hexadecimal digits; also the ETag of the download.</param>
/// <param name="CreatedAt">When the file was uploaded, UTC.</param>
/// <example>
/// {
///   "id": "019a1f3d-52c8-7a04-8e2b-6d1f90c7a35e",
///   "fileName": "printer.jpg",
///   "contentType": "image/jpeg",
///   "size": 48213,
///   "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
///   "createdAt": "2026-03-14T09:26:53.589793Z"
/// }
/// </example>
internal sealed record AttachmentResponse(
    Guid Id, string FileName, string ContentType, long Size, string Sha256, DateTimeOffset CreatedAt)
{
    public static AttachmentResponse From(Attachment attachment) => new(
        attachment.Id,
        attachment.FileName,
        attachment.ContentType,
        attachment.Size,
        attachment.Sha256,
        attachment.CreatedAt);
}
