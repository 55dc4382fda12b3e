namespace ProdReady.Domain;

internal sealed class Ticket
{
    public const int MaxTitleLength = 200;
    public const int MaxDescriptionLength = 10_000;

    private Ticket()
    {
    }

    public Guid Id { get; private set; }

    public Guid OwnerId { get; private set; }

    public string Title { get; private set; } = "";

    public string Description { get; private set; } = "";

    public TicketPriority Priority { get; private set; }

    public TicketStatus Status { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public DateTimeOffset? ClosedAt { get; private set; }

    /// <summary>Raised by each change: the ETag, and the concurrency token.</summary>
    public int Version { get; private set; } = 1;

    public static Ticket Open(
        Guid ownerId, string title, string description, TicketPriority priority, DateTimeOffset now) => new()
        {
            Id = Guid.CreateVersion7(now),
            OwnerId = ownerId,
            Title = title,
            Description = description,
            Priority = priority,
            CreatedAt = now,
            UpdatedAt = now,
        };

    public void Edit(string title, string description, TicketPriority priority, DateTimeOffset now)
    {
        if (Status == TicketStatus.Closed)
        {
            throw new DomainException("The ticket is closed and can no longer be edited. Open a new one instead.");
        }

        Title = title;
        Description = description;
        Priority = priority;
        RecordChange(now);
    }

    public void Close(DateTimeOffset now)
    {
        if (Status == TicketStatus.Closed)
        {
            throw new DomainException("The ticket is already closed.");
        }

        Status = TicketStatus.Closed;
        ClosedAt = now;
        RecordChange(now);
    }

    private void RecordChange(DateTimeOffset now)
    {
        UpdatedAt = now;
        Version++;
    }
}

/// <summary>How urgent a ticket is.</summary>
internal enum TicketPriority
{
    Low,
    Normal,
    High,
}

/// <summary>The status of a ticket. A closed one can no longer be edited.</summary>
internal enum TicketStatus
{
    Open,
    Closed,
}
