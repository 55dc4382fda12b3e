namespace ProdReady.Application.Tickets;

/// <summary>The new content of a ticket. All members are required.</summary>
/// <param name="Title">A short title.</param>
/// <param name="Description">The details; may be empty.</param>
/// <param name="Priority">How urgent it is.</param>
/// <example>{ "title": "Printer is repaired", "description": "It works again.", "priority": "low" }</example>
internal sealed record EditTicketRequest(string Title, string Description, TicketPriority? Priority);

internal sealed class EditTicketValidator : AbstractValidator<EditTicketRequest>
{
    public EditTicketValidator()
    {
        RuleFor(request => request.Title).NotEmpty().PlainText(Ticket.MaxTitleLength);
        RuleFor(request => request.Description).NotNull().PlainText(Ticket.MaxDescriptionLength);
        RuleFor(request => request.Priority).NotNull().IsInEnum();
    }
}

internal sealed class EditTicket(IAppDbContext db, TimeProvider clock)
{
    public async Task<TicketResponse?> Handle(
        Guid ownerId, Guid id, EditTicketRequest request, IfMatch ifMatch, CancellationToken ct)
    {
        var ticket = await db.Tickets.SingleOrDefaultAsync(t => t.Id == id && t.OwnerId == ownerId, ct);
        if (ticket is null)
        {
            return null;
        }

        ifMatch.Require(ticket.Version);
        ticket.Edit(request.Title, request.Description, request.Priority!.Value, clock.Now());
        await db.SaveChangesAsync(ct);

        return TicketResponse.From(ticket);
    }
}
