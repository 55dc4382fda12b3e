using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Api.Errors;
using ProdReady.Api.Idempotency;
using ProdReady.Api.OpenApi;
using ProdReady.Api.Requests;
using ProdReady.Application;
using ProdReady.Application.Tickets;

namespace ProdReady.Api.Endpoints;

internal static class TicketEndpoints
{
    public static void MapTickets(this RouteGroupBuilder api)
    {
        var tickets = api.MapGroup("/tickets").WithTag("Tickets", "Your tickets. Nobody else sees them.");

        tickets.MapPost("/", Open).ProducesETag().AcceptsIdempotencyKey();
        tickets.MapGet("/", List);
        tickets.MapGet("/{id:guid}", Get).ProducesETag().AcceptsIfNoneMatch();
        tickets.MapPut("/{id:guid}", Edit).ProducesETag().RequiresIfMatch().ProducesProblem(Problems.Conflict);
        tickets.MapPost("/{id:guid}/close", Close).ProducesETag().AcceptsIfMatch().ProducesProblem(Problems.Conflict);
        tickets.MapDelete("/{id:guid}", Delete).AcceptsIfMatch().ProducesProblem(Problems.Conflict);
        tickets.MapAttachments();
    }

    /// <summary>Open a ticket</summary>
    /// <remarks>It belongs to you: nobody else can see or change it.</remarks>
    /// <response code="201">The new ticket.</response>
    /// <response code="409">Your account was deleted at the same moment, or the same key is at work.</response>
    internal static async Task<Created<TicketResponse>> Open(
        OpenTicketRequest request,
        OpenTicket openTicket,
        ClaimsPrincipal user,
        HttpResponse response,
        CancellationToken ct)
    {
        var ticket = await openTicket.Handle(user.Id(), request, ct);
        response.SetETag(ticket.Version);

        return TypedResults.Created($"/api/v1/tickets/{ticket.Id}", ticket);
    }

    /// <summary>List your tickets</summary>
    /// <remarks>
    /// Newest first. Follow <c>nextCursor</c> until it is null; tickets opened meanwhile do not shift the pages.
    /// </remarks>
    /// <response code="200">One page.</response>
    internal static async Task<Ok<Page<TicketResponse>>> List(
        [AsParameters] ListTicketsRequest request,
        ListTickets listTickets,
        ClaimsPrincipal user,
        CancellationToken ct) =>
        TypedResults.Ok(await listTickets.Handle(user.Id(), request, ct));

    /// <summary>Get a ticket</summary>
    /// <remarks>With If-None-Match it is sent only where it has changed since.</remarks>
    /// <param name="id">The id of one of your tickets.</param>
    /// <response code="200">The ticket.</response>
    /// <response code="304">You have this version already.</response>
    /// <response code="404">You have no such ticket.</response>
    internal static async Task<Results<Ok<TicketResponse>, StatusCodeHttpResult, NotFound>> Get(
        Guid id, GetTicket getTicket, ClaimsPrincipal user, HttpContext http, CancellationToken ct)
    {
        var ticket = await getTicket.Handle(user.Id(), id, ct);
        if (ticket is null)
        {
            return TypedResults.NotFound();
        }

        http.Response.SetETag(ticket.Version);

        return http.Request.HasVersion(ticket.Version)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(ticket);
    }

    /// <summary>Edit a ticket</summary>
    /// <remarks>If-Match must carry the ETag of the version that you have seen.</remarks>
    /// <param name="id">The id of one of your tickets.</param>
    /// <response code="200">The ticket as it is now.</response>
    /// <response code="404">You have no such ticket.</response>
    /// <response code="409">The ticket is closed.</response>
    /// <response code="412">The ticket was changed meanwhile.</response>
    /// <response code="428">If-Match is missing.</response>
    internal static async Task<Results<Ok<TicketResponse>, NotFound>> Edit(
        Guid id,
        EditTicketRequest request,
        EditTicket editTicket,
        ClaimsPrincipal user,
        HttpContext http,
        CancellationToken ct) =>
        Found(await editTicket.Handle(user.Id(), id, request, http.Request.ReadIfMatch(), ct), http.Response);

    /// <summary>Close a ticket</summary>
    /// <remarks>It can no longer be edited then. If-Match is optional.</remarks>
    /// <param name="id">The id of one of your tickets.</param>
    /// <response code="200">The ticket as it is now.</response>
    /// <response code="404">You have no such ticket.</response>
    /// <response code="409">The ticket is closed already.</response>
    /// <response code="412">The ticket was changed meanwhile.</response>
    internal static async Task<Results<Ok<TicketResponse>, NotFound>> Close(
        Guid id, CloseTicket closeTicket, ClaimsPrincipal user, HttpContext http, CancellationToken ct) =>
        Found(await closeTicket.Handle(user.Id(), id, http.Request.ReadIfMatch(), ct), http.Response);

    /// <summary>Delete a ticket</summary>
    /// <remarks>It cannot be brought back. If-Match is optional.</remarks>
    /// <param name="id">The id of one of your tickets.</param>
    /// <response code="204">The ticket is gone.</response>
    /// <response code="404">You have no such ticket.</response>
    /// <response code="409">Somebody changed the ticket at the same moment.</response>
    /// <response code="412">The ticket was changed meanwhile.</response>
    internal static async Task<Results<NoContent, NotFound>> Delete(
        Guid id, DeleteTicket deleteTicket, ClaimsPrincipal user, HttpRequest http, CancellationToken ct) =>
        await deleteTicket.Handle(user.Id(), id, http.ReadIfMatch(), ct)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();

    private static Results<Ok<TicketResponse>, NotFound> Found(TicketResponse? ticket, HttpResponse response)
    {
        if (ticket is null)
        {
            return TypedResults.NotFound();
        }

        response.SetETag(ticket.Version);

        return TypedResults.Ok(ticket);
    }
}
