namespace ProdReady.Domain;

/// <summary>
/// One signed-in device. Each refresh raises the generation, so of all refresh tokens ever handed out only the newest
/// one is good, and an older one that turns up again was stolen or replayed.
/// </summary>
internal sealed class Session
{
    private Session()
    {
    }

    public Guid Id { get; private set; }

    public Guid UserId { get; private set; }

    public int Generation { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset RefreshedAt { get; private set; }

    public static Session Start(Guid userId, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        UserId = userId,
        CreatedAt = now,
        RefreshedAt = now,
    };
}
