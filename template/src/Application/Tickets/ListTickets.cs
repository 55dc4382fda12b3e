using FluentValidation;
using Microsoft.EntityFrameworkCore;
using ProdReady.Domain;

namespace ProdReady.Application.Tickets;

/// <summary>Which tickets to list.</summary>
/// <param name="Status">Only those that stand so; all where it is left out.</param>
/// <param name="Search">Only tickets with this text in title or description, in any case.</param>
/// <param name="Cursor">The <c>nextCursor</c> of the page before; the first page where it is left out.</param>
/// <param name="Limit">The size of a page.</param>
/// <example>
/// { "status": "open", "search": "printer", "cursor": "CN7Qm1W8gAABm8Yl1XN9xo8pdKvEWrXh", "limit": 50 }
/// </example>
internal sealed record ListTicketsRequest(string? Status, string? Search, string? Cursor, int Limit = 20);

internal sealed class ListTicketsValidator : AbstractValidator<ListTicketsRequest>
{
    public ListTicketsValidator()
    {
        RuleFor(request => request.Status).OneOf("open", "closed");
        RuleFor(request => request.Search).Length(1, 200).PlainText(200);
        RuleFor(request => request.Limit).InclusiveBetween(1, 100);
        RuleFor(request => request.Cursor)
            .PlainText(100)
            .Must(cursor => cursor is null || Application.Cursor.TryParse(cursor, out _))
            .WithMessage("Must be the nextCursor of a page before.");
    }
}

internal sealed class ListTickets(IAppDbContext db)
{
    public async Task<Page<TicketResponse>> Handle(Guid ownerId, ListTicketsRequest request, CancellationToken ct)
    {
        var tickets = db.Tickets.AsNoTracking().Where(ticket => ticket.OwnerId == ownerId);

        if (request.Status is not null)
        {
            var status = Enum.Parse<TicketStatus>(request.Status, ignoreCase: true);
            tickets = tickets.Where(ticket => ticket.Status == status);
        }

        if (request.Search is not null)
        {
            var pattern = LikePattern.Containing(request.Search);
            tickets = tickets.Where(ticket =>
                EF.Functions.Like(ticket.Title.ToLower(), pattern, LikePattern.Escape)
                || EF.Functions.Like(ticket.Description.ToLower(), pattern, LikePattern.Escape));
        }

        if (Cursor.TryParse(request.Cursor, out var cursor))
        {
            tickets = tickets.Where(ticket =>
                ticket.CreatedAt < cursor.CreatedAt
                || (ticket.CreatedAt == cursor.CreatedAt && ticket.Id < cursor.Id));
        }

        var rows = await tickets
            .OrderByDescending(ticket => ticket.CreatedAt)
            .ThenByDescending(ticket => ticket.Id)
            .Take(request.Limit + 1)
            .ToListAsync(ct);

        return Page<TicketResponse>.From(
            rows, request.Limit, TicketResponse.From, ticket => new Cursor(ticket.CreatedAt, ticket.Id));
    }
}
