using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Api.Idempotency;
using ProdReady.Api.RateLimiting;
using ProdReady.Application.Tickets;

namespace ProdReady.Api.Endpoints;

internal static class TicketEndpoints
{
    public static void MapTickets(this RouteGroupBuilder api)
    {
        var tickets = api.MapGroup("/tickets").WithTag("Tickets", "Your tickets. Other users cannot see them.");

        tickets.MapPost("/", Open).WithName("openTicket").ProducesETag().AcceptsIdempotencyKey();
        tickets.MapGet("/", List).WithName("listTickets").RequireSearchLimit();
        tickets.MapGet("/{id:guid}", Get).WithName("getTicket").ProducesETag().AcceptsIfNoneMatch();
        tickets.MapPut("/{id:guid}", Edit).WithName("editTicket")
            .ProducesETag().RequiresIfMatch().ProducesProblem(Problems.Conflict);
        tickets.MapPost("/{id:guid}/close", Close).WithName("closeTicket")
            .ProducesETag().AcceptsIfMatch().ProducesProblem(Problems.Conflict);
        tickets.MapDelete("/{id:guid}", Delete).WithName("deleteTicket")
            .AcceptsIfMatch().ProducesProblem(Problems.Conflict);
        tickets.MapAttachments();
    }

    /// <summary>Open a ticket</summary>
    /// <remarks>The ticket belongs to you: other users cannot see or change it.</remarks>
    /// <response code="201">The new ticket.</response>
    /// <response code="409">Your account was deleted meanwhile, or a request with the same key is running.</response>
    internal static async Task<Created<TicketResponse>> Open(
        OpenTicketRequest request, OpenTicket openTicket, CurrentUser user, HttpResponse response, CancellationToken ct)
    {
        var ticket = await openTicket.Handle(user.Id, request, ct);
        response.SetETag(ticket.Version);

        return TypedResults.Created($"/api/v1/tickets/{ticket.Id}", ticket);
    }

    /// <summary>List your tickets</summary>
    /// <remarks>
    /// Newest first, in pages. Send <c>nextCursor</c> as <c>cursor</c> until it is null. Searches have a limit of their
    /// own. One that takes longer than a second is stopped.
    /// </remarks>
    /// <response code="200">One page.</response>
    /// <response code="429">A limit is exceeded, or the search takes too long.</response>
    internal static async Task<Ok<Page<TicketResponse>>> List(
        [AsParameters] ListTicketsRequest request, ListTickets listTickets, CurrentUser user, CancellationToken ct) =>
        TypedResults.Ok(await listTickets.Handle(user.Id, request, ct));

    /// <summary>Get a ticket</summary>
    /// <remarks>With If-None-Match, an unchanged ticket is answered with 304 and no body.</remarks>
    /// <param name="id">The id of one of your tickets.</param>
    /// <response code="200">The ticket.</response>
    /// <response code="304">The ticket has not changed.</response>
    /// <response code="404">You have no such ticket.</response>
    internal static async Task<Results<Ok<TicketResponse>, NotFound, StatusCodeHttpResult>> Get(
        Guid id, GetTicket getTicket, CurrentUser user, HttpContext http, CancellationToken ct) =>
        http.FoundOrUnchanged(await getTicket.Handle(user.Id, id, ct));

    /// <summary>Edit a ticket</summary>
    /// <remarks>If-Match must carry the ETag of the version that you read.</remarks>
    /// <param name="id">The id of one of your tickets.</param>
    /// <response code="200">The changed ticket.</response>
    /// <response code="404">You have no such ticket.</response>
    /// <response code="409">The ticket is closed.</response>
    /// <response code="412">The ticket was changed meanwhile.</response>
    /// <response code="428">If-Match is missing.</response>
    internal static async Task<Results<Ok<TicketResponse>, NotFound>> Edit(
        Guid id,
        EditTicketRequest request,
        EditTicket editTicket,
        CurrentUser user,
        HttpContext http,
        CancellationToken ct) =>
        http.Response.Found(await editTicket.Handle(user.Id, id, request, http.Request.ReadIfMatch(), ct));

    /// <summary>Close a ticket</summary>
    /// <remarks>A closed ticket can no longer be edited. If-Match is optional.</remarks>
    /// <param name="id">The id of one of your tickets.</param>
    /// <response code="200">The changed ticket.</response>
    /// <response code="404">You have no such ticket.</response>
    /// <response code="409">The ticket is already closed.</response>
    /// <response code="412">The ticket was changed meanwhile.</response>
    internal static async Task<Results<Ok<TicketResponse>, NotFound>> Close(
        Guid id, CloseTicket closeTicket, CurrentUser user, HttpContext http, CancellationToken ct) =>
        http.Response.Found(await closeTicket.Handle(user.Id, id, http.Request.ReadIfMatch(), ct));

    /// <summary>Delete a ticket</summary>
    /// <remarks>This cannot be undone. If-Match is optional.</remarks>
    /// <param name="id">The id of one of your tickets.</param>
    /// <response code="204">The ticket is deleted.</response>
    /// <response code="404">You have no such ticket.</response>
    /// <response code="409">Another request changed the ticket at the same time.</response>
    /// <response code="412">The ticket was changed meanwhile.</response>
    internal static async Task<Results<NoContent, NotFound>> Delete(
        Guid id, DeleteTicket deleteTicket, CurrentUser user, HttpRequest http, CancellationToken ct) =>
        await deleteTicket.Handle(user.Id, id, http.ReadIfMatch(), ct)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
}
