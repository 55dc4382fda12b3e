namespace ProdReady.Domain;

/// <summary>A file that belongs to a ticket.</summary>
internal sealed class Attachment : StoredFile
{
    public const int MaxPerTicket = 100;

    private Attachment()
    {
    }

    public Guid TicketId { get; private init; }

    public static Attachment To(
        Guid ticketId, Guid ownerId, Guid id, string fileName, string contentType, long size, string sha256,
        DateTimeOffset now) => new()
        {
            Id = id,
            OwnerId = ownerId,
            TicketId = ticketId,
            FileName = fileName,
            ContentType = contentType,
            Size = size,
            Sha256 = sha256,
            CreatedAt = now,
        };
}
