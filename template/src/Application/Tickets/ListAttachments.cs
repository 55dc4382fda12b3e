namespace ProdReady.Application.Tickets;

internal sealed class ListAttachments(IAppDbContext db)
{
    /// <returns>Null if the user has no such ticket.</returns>
    public async Task<IReadOnlyList<AttachmentResponse>?> Handle(Guid ownerId, Guid ticketId, CancellationToken ct)
    {
        if (!await db.Tickets.AnyAsync(ticket => ticket.Id == ticketId && ticket.OwnerId == ownerId, ct))
        {
            return null;
        }

        var attachments = await db.Attachments.AsNoTracking()
            .Where(attachment => attachment.TicketId == ticketId)
            .OrderBy(attachment => attachment.CreatedAt)
            .ThenBy(attachment => attachment.Id)
            .Take(Attachment.MaxPerTicket)
            .ToListAsync(ct);

        return [.. attachments.Select(AttachmentResponse.From)];
    }
}
