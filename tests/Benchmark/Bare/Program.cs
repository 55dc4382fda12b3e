// What is compared with: the same table, queries, JSON and signature of the token, and nothing else. No log, limits,
// validation, sessions, health checks or headers.
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.Services.AddDbContextPool<BareDbContext>(options =>
    options.UseNpgsql(builder.Configuration["ConnectionStrings:Database"]).UseSnakeCaseNamingConvention());
builder.Services.ConfigureHttpJsonOptions(json =>
    json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)));
builder.Services.AddAuthorization();
builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(bearer =>
{
    bearer.MapInboundClaims = false;
    bearer.TokenValidationParameters = new TokenValidationParameters
    {
        ValidIssuer = "app",
        ValidAudience = "app",
        IssuerSigningKey = new SymmetricSecurityKey(
            Convert.FromBase64String(builder.Configuration["Jwt:SigningKeys:0"]!)),
    };
});

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();

app.MapGet("/health/live", () => "ok");
app.MapGet("/health/ready", () => "ok");

var tickets = app.MapGroup("/api/v1/tickets").RequireAuthorization();
tickets.MapGet("/", async (ClaimsPrincipal user, BareDbContext db, CancellationToken ct) =>
{
    var ownerId = OwnerOf(user);
    var page = await db.Tickets.AsNoTracking()
        .Where(ticket => ticket.OwnerId == ownerId)
        .OrderByDescending(ticket => ticket.CreatedAt)
        .ThenByDescending(ticket => ticket.Id)
        .Take(21)
        .ToListAsync(ct);

    return new Page([.. page.Take(20).Select(TicketResponse.From)], page.Count > 20 ? $"{page[19].Id}" : null);
});
tickets.MapGet("/{id:guid}", async (Guid id, ClaimsPrincipal user, BareDbContext db, CancellationToken ct) =>
{
    var ownerId = OwnerOf(user);
    var ticket = await db.Tickets.AsNoTracking().SingleOrDefaultAsync(t => t.Id == id && t.OwnerId == ownerId, ct);

    return ticket is null ? Results.NotFound() : Results.Ok(TicketResponse.From(ticket));
});
tickets.MapPost("/", async (OpenTicket request, ClaimsPrincipal user, BareDbContext db, CancellationToken ct) =>
{
    var now = DateTimeOffset.UtcNow;
    var ticket = new Ticket
    {
        Id = Guid.CreateVersion7(now),
        OwnerId = OwnerOf(user),
        Title = request.Title,
        Description = request.Description,
        CreatedAt = now,
        UpdatedAt = now,
    };
    db.Tickets.Add(ticket);
    await db.SaveChangesAsync(ct);

    return Results.Created($"/api/v1/tickets/{ticket.Id}", TicketResponse.From(ticket));
});

// One password hash of the cost that the app has.
var hasher = new PasswordHasher<object>(
    Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = 220_000 }));
var hash = hasher.HashPassword(new object(), "correct horse battery staple");
app.MapPost("/api/v1/auth/login", (Login request) =>
    hasher.VerifyHashedPassword(request, hash, request.Password) is PasswordVerificationResult.Failed
        ? Results.Unauthorized()
        : Results.Ok());

app.Run();

static Guid OwnerOf(ClaimsPrincipal user) => Guid.Parse(user.FindFirstValue("sub")!);

internal sealed class BareDbContext(DbContextOptions<BareDbContext> options) : DbContext(options)
{
    public DbSet<Ticket> Tickets => Set<Ticket>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<Ticket>().Property(ticket => ticket.Priority).HasConversion<string>();
        model.Entity<Ticket>().Property(ticket => ticket.Status).HasConversion<string>();
    }
}

internal sealed class Ticket
{
    public Guid Id { get; init; }

    public Guid OwnerId { get; init; }

    public string Title { get; init; } = "";

    public string Description { get; init; } = "";

    public Priority Priority { get; init; } = Priority.Normal;

    public Status Status { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public int Version { get; init; } = 1;
}

internal enum Priority
{
    Low,
    Normal,
    High,
}

internal enum Status
{
    Open,
    Closed,
}

internal sealed record OpenTicket(string Title, string Description);

internal sealed record Login(string Email, string Password);

internal sealed record Page(IReadOnlyList<TicketResponse> Items, string? NextCursor);

internal sealed record TicketResponse(
    Guid Id,
    string Title,
    string Description,
    Priority Priority,
    Status Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ClosedAt)
{
    public static TicketResponse From(Ticket ticket) => new(
        ticket.Id,
        ticket.Title,
        ticket.Description,
        ticket.Priority,
        ticket.Status,
        ticket.CreatedAt,
        ticket.UpdatedAt,
        ticket.ClosedAt);
}
