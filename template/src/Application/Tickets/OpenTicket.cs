using FluentValidation;
using ProdReady.Domain;

namespace ProdReady.Application.Tickets;

/// <summary>A ticket to be opened.</summary>
/// <param name="Title">What it is about, in one line.</param>
/// <param name="Description">The whole story; empty where it is left out.</param>
/// <param name="Priority">How urgent it is; normal where it is left out.</param>
/// <example>{ "title": "Printer is on fire", "description": "Second floor.", "priority": "high" }</example>
internal sealed record OpenTicketRequest(
    string Title, string? Description = null, TicketPriority? Priority = null);

internal sealed class OpenTicketValidator : AbstractValidator<OpenTicketRequest>
{
    public OpenTicketValidator()
    {
        RuleFor(request => request.Title).NotEmpty().PlainText(Ticket.MaxTitleLength);
        RuleFor(request => request.Description).PlainText(Ticket.MaxDescriptionLength);
        RuleFor(request => request.Priority).IsInEnum();
    }
}

internal sealed class OpenTicket(IAppDbContext db, TimeProvider clock)
{
    public async Task<TicketResponse> Handle(Guid ownerId, OpenTicketRequest request, CancellationToken ct)
    {
        var ticket = Ticket.Open(
            ownerId,
            request.Title,
            request.Description ?? "",
            request.Priority ?? TicketPriority.Normal,
            clock.Now());

        db.Tickets.Add(ticket);
        await db.SaveChangesAsync(ct);

        return TicketResponse.From(ticket);
    }
}
