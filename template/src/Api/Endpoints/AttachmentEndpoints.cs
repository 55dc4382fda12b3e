using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Api.Files;
using ProdReady.Api.Idempotency;
using ProdReady.Api.RateLimiting;
using ProdReady.Application.Tickets;

namespace ProdReady.Api.Endpoints;

internal static class AttachmentEndpoints
{
    public static void MapAttachments(this RouteGroupBuilder tickets)
    {
        var attachments = tickets.MapGroup("/{ticketId:guid}/attachments")
            .WithTag("Attachments", "The files of your tickets.");

        attachments.MapPost("/", Attach).WithName("attachFile")
            .LimitRefusedUploads().AcceptsFile().AcceptsIdempotencyKey();
        attachments.MapGet("/", List).WithName("listAttachments").ProducesAtMost(100);
        attachments.MapGet("/{id:guid}", Fetch).WithName("openAttachment").ProducesFile();
        attachments.MapDelete("/{id:guid}", Remove).WithName("removeAttachment");
    }

    /// <summary>Attach a file</summary>
    /// <remarks>
    /// A PNG, JPEG, GIF, WebP or PDF file, as multipart/form-data with one part, <c>file</c>. The extension, the media
    /// type and the content must agree. The operator sets the maximum size of a file and the quota of a user.
    /// </remarks>
    /// <param name="ticketId">The id of one of your tickets.</param>
    /// <response code="201">The new attachment.</response>
    /// <response code="404">You have no such ticket.</response>
    /// <response code="409">
    /// The ticket has 100 attachments or was deleted meanwhile, or a request with the same key is running.
    /// </response>
    /// <response code="413">The file is too large.</response>
    /// <response code="415">The file type is not supported, or does not match the content.</response>
    /// <response code="507">Your quota is used up, or the server has no space left.</response>
    internal static async Task<Results<Created<AttachmentResponse>, NotFound>> Attach(
        Guid ticketId, FileUpload upload, AttachFile attachFile, CurrentUser user, CancellationToken ct) =>
        await attachFile.Handle(user.Id, ticketId, upload.File, ct) is { } attachment
            ? TypedResults.Created($"/api/v1/tickets/{ticketId}/attachments/{attachment.Id}", attachment)
            : TypedResults.NotFound();

    /// <summary>List the attachments of a ticket</summary>
    /// <remarks>Oldest first. Not paged: a ticket has at most 100.</remarks>
    /// <param name="ticketId">The id of one of your tickets.</param>
    /// <response code="200">The attachments of the ticket.</response>
    /// <response code="404">You have no such ticket.</response>
    internal static async Task<Results<Ok<IReadOnlyList<AttachmentResponse>>, NotFound>> List(
        Guid ticketId, ListAttachments listAttachments, CurrentUser user, CancellationToken ct) =>
        await listAttachments.Handle(user.Id, ticketId, ct) is { } attachments
            ? TypedResults.Ok(attachments)
            : TypedResults.NotFound();

    /// <summary>Download an attachment</summary>
    /// <remarks>Returns the exact bytes that were uploaded, with Content-Disposition: attachment.</remarks>
    /// <param name="ticketId">The id of one of your tickets.</param>
    /// <param name="id">The id of one of the ticket's attachments.</param>
    /// <response code="200">The file.</response>
    /// <response code="206">The part of the file that Range names.</response>
    /// <response code="304">The file has not changed.</response>
    /// <response code="404">You have no such ticket, or the ticket has no such attachment.</response>
    internal static async Task<Results<FileDownload, NotFound>> Fetch(
        Guid ticketId, Guid id, OpenAttachment openAttachment, CurrentUser user, CancellationToken ct) =>
        await openAttachment.Handle(user.Id, ticketId, id, ct) is var (attachment, content)
            ? new FileDownload(attachment, content)
            : TypedResults.NotFound();

    /// <summary>Remove an attachment</summary>
    /// <remarks>This cannot be undone.</remarks>
    /// <param name="ticketId">The id of one of your tickets.</param>
    /// <param name="id">The id of one of the ticket's attachments.</param>
    /// <response code="204">The attachment is deleted.</response>
    /// <response code="404">You have no such ticket, or the ticket has no such attachment.</response>
    internal static async Task<Results<NoContent, NotFound>> Remove(
        Guid ticketId, Guid id, RemoveAttachment removeAttachment, CurrentUser user, CancellationToken ct) =>
        await removeAttachment.Handle(user.Id, ticketId, id, ct)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
}
