namespace ProdReady.Application.Tickets;

/// <summary>A new ticket.</summary>
/// <param name="Title">A short title.</param>
/// <param name="Description">The details. Default: empty.</param>
/// <param name="Priority">How urgent it is. Default: normal.</param>
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
