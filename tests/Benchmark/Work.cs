namespace ProdReadyTemplate.Benchmark;

/// <summary>A request that is sent again and again.</summary>
internal sealed record Work(string Name, string Method, string Path, string? Body = null, bool HasKey = false)
{
    private const string Ticket = """{ "title": "Printer is on fire", "description": "Second floor." }""";

    private const string Credentials =
        $$"""{ "email": "{{Database.Email}}", "password": "{{Database.Password}}" }""";

    public static IReadOnlyList<Work> All { get; } =
    [
        new("list", "GET", "/api/v1/tickets"),
        new("get", "GET", "/api/v1/tickets/{id}"),
        new("open", "POST", "/api/v1/tickets", Ticket),
        new("open-with-key", "POST", "/api/v1/tickets", Ticket, HasKey: true),
        new("login", "POST", "/api/v1/auth/login", Credentials),
        new("live", "GET", "/health/live"),
    ];

    public string Url(int port, Guid ticketId) => $"http://127.0.0.1:{port}{Path.Replace("{id}", $"{ticketId}")}";
}
