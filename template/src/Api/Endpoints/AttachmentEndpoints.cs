using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Api.Files;
using ProdReady.Api.Idempotency;
using ProdReady.Api.OpenApi;
using ProdReady.Api.Requests;
using ProdReady.Application.Tickets;

namespace ProdReady.Api.Endpoints;

internal static class AttachmentEndpoints
{
    public static void MapAttachments(this RouteGroupBuilder tickets)
    {
        var attachments = tickets.MapGroup("/{ticketId:guid}/attachments")
            .WithTag("Attachments", "The files of your tickets.");

        attachments.MapPost("/", Attach).AcceptsFile().AcceptsIdempotencyKey();
        attachments.MapGet("/", List);
        attachments.MapGet("/{id:guid}", Fetch).ProducesFile();
        attachments.MapDelete("/{id:guid}", Remove);
    }

    /// <summary>Attach a file</summary>
    /// <remarks>
    /// A PNG, JPEG, GIF, WebP or PDF file, as multipart/form-data with one part, <c>file</c>. Its name, its type and its
    /// content must agree. How large it may be, and how much room you have, is up to who runs this.
    /// </remarks>
    /// <param name="ticketId">The id of one of your tickets.</param>
    /// <response code="201">The new attachment.</response>
    /// <response code="404">You have no such ticket.</response>
    /// <response code="409">The ticket was deleted at the same moment, or the same key is at work.</response>
    /// <response code="413">The file is too large.</response>
    /// <response code="415">It is no file of a kind that is taken, or not the one that it says.</response>
    /// <response code="507">There is no room left for your files.</response>
    internal static async Task<Results<Created<AttachmentResponse>, NotFound>> Attach(
        Guid ticketId, FileUpload upload, AttachFile attachFile, ClaimsPrincipal user, CancellationToken ct) =>
        await attachFile.Handle(user.Id(), ticketId, upload.File, ct) is { } attachment
            ? TypedResults.Created($"/api/v1/tickets/{ticketId}/attachments/{attachment.Id}", attachment)
            : TypedResults.NotFound();

    /// <summary>List the attachments of a ticket</summary>
    /// <remarks>Oldest first. How many there can be follows from the room that you have.</remarks>
    /// <param name="ticketId">The id of one of your tickets.</param>
    /// <response code="200">All of them.</response>
    /// <response code="404">You have no such ticket.</response>
    internal static async Task<Results<Ok<IReadOnlyList<AttachmentResponse>>, NotFound>> List(
        Guid ticketId, ListAttachments listAttachments, ClaimsPrincipal user, CancellationToken ct) =>
        await listAttachments.Handle(user.Id(), ticketId, ct) is { } attachments
            ? TypedResults.Ok(attachments)
            : TypedResults.NotFound();

    /// <summary>Download an attachment</summary>
    /// <remarks>Byte for byte what was sent, always to be saved and not to be shown.</remarks>
    /// <param name="ticketId">The id of one of your tickets.</param>
    /// <param name="id">The id of one of its attachments.</param>
    /// <response code="200">The file.</response>
    /// <response code="206">The part of it that Range asks for.</response>
    /// <response code="304">You have it already.</response>
    /// <response code="404">You have no such ticket, or it has no such attachment.</response>
    internal static async Task<Results<FileDownload, NotFound>> Fetch(
        Guid ticketId,
        Guid id,
        OpenAttachment openAttachment,
        ClaimsPrincipal user,
        CancellationToken ct) =>
        await openAttachment.Handle(user.Id(), ticketId, id, ct) is var (attachment, content)
            ? new FileDownload(attachment, content)
            : TypedResults.NotFound();

    /// <summary>Remove an attachment</summary>
    /// <remarks>It cannot be brought back.</remarks>
    /// <param name="ticketId">The id of one of your tickets.</param>
    /// <param name="id">The id of one of its attachments.</param>
    /// <response code="204">The attachment is gone.</response>
    /// <response code="404">You have no such ticket, or it has no such attachment.</response>
    internal static async Task<Results<NoContent, NotFound>> Remove(
        Guid ticketId, Guid id, RemoveAttachment removeAttachment, ClaimsPrincipal user, CancellationToken ct) =>
        await removeAttachment.Handle(user.Id(), ticketId, id, ct)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
}
