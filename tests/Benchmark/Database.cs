using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace ProdReadyTemplate.Benchmark;

/// <summary>The database of both apps: a user with a session and 1,000 tickets, between 9,000 of other users.</summary>
internal sealed class Database : IAsyncDisposable
{
    public const string Email = "ada@example.com";
    public const string Password = "correct horse battery staple";

    private static readonly string Server = Environment.GetEnvironmentVariable("TEST_POSTGRES")
        ?? throw new InvalidOperationException(
            "TEST_POSTGRES must be a connection string to a PostgreSQL server on which databases can be created.");

    private static readonly string Admin =
        new NpgsqlConnectionStringBuilder(Server) { Database = "postgres", Pooling = false }.ConnectionString;

    private readonly string name = $"benchmark_{Guid.NewGuid():N}";
    private readonly byte[] key = RandomNumberGenerator.GetBytes(48);
    private readonly Guid userId = Guid.CreateVersion7();
    private readonly Guid sessionId = Guid.CreateVersion7();

    public Guid TicketId { get; } = Guid.CreateVersion7();

    public string Token
    {
        get
        {
            var signing = new SymmetricSecurityKey(key)
            {
                KeyId = Base64UrlEncoder.Encode(SHA256.HashData(key).AsSpan(0, 8).ToArray()),
            };

            return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                TokenType = "at+jwt",
                Issuer = "app",
                Audience = "app",
                Expires = DateTime.UtcNow.AddHours(3),
                Claims = new Dictionary<string, object> { ["sub"] = $"{userId}", ["sid"] = $"{sessionId}" },
                SigningCredentials = new SigningCredentials(signing, SecurityAlgorithms.HmacSha256),
            });
        }
    }

    /// <param name="wire">The proxy that the app uses; null for none.</param>
    public IReadOnlyDictionary<string, string> Settings(Wire? wire = null) => new Dictionary<string, string>
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["AllowedHosts"] = "127.0.0.1",
        ["App__PublicUrl"] = "https://app.example",
        ["ConnectionStrings__Database"] = ConnectionString(wire),
        ["Jwt__SigningKeys__0"] = Convert.ToBase64String(key),
        ["PwnedPasswords__Enabled"] = "false",
        // The limits count, and refuse nothing.
        ["RateLimits__Api__PermitLimit"] = "1000000",
        ["RateLimits__Auth__PermitLimit"] = "1000000",
        ["RateLimits__Writes__PermitLimit"] = "1000000",
        ["RateLimits__Writes__Window"] = "00:01:00",
        ["Smtp__From"] = "noreply@app.example",
        ["Smtp__Host"] = "127.0.0.1",
    };

    public Wire Watch()
    {
        var server = new NpgsqlConnectionStringBuilder(Server);

        return new Wire(server.Host!, server.Port);
    }

    public static async Task<Database> Create()
    {
        var database = new Database();
        await Execute(Admin, $"CREATE DATABASE {database.name}");

        return database;
    }

    public async Task Seed()
    {
        var hasher = new PasswordHasher<object>(
            Options.Create(new PasswordHasherOptions { IterationCount = 220_000 }));
        var hash = hasher.HashPassword(new object(), Password);
        await Execute(
            ConnectionString(),
            $"""
            INSERT INTO users (id, roles, created_at, link_mailed_at, user_name, normalized_user_name, email,
                normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp, two_factor_enabled)
            SELECT CASE number WHEN 0 THEN '{userId}' ELSE gen_random_uuid() END, ARRAY[]::text[], now(), now(),
                address, upper(address), address, upper(address), true, '{hash}', 'stamp', 'stamp', false
            FROM (SELECT number, CASE number WHEN 0 THEN '{Email}' ELSE number || '@example.com' END AS address
                FROM generate_series(0, 9) AS number) AS people;

            INSERT INTO sessions (id, user_id, generation, created_at, refreshed_at, expires_at)
            VALUES ('{sessionId}', '{userId}', 0, now(), now(), now() + interval '1 day');

            INSERT INTO tickets (id, owner_id, title, description, priority, status, created_at, updated_at, version)
            SELECT gen_random_uuid(), users.id, 'Ticket ' || number, repeat('It does not work. ', 10), 'Normal', 'Open',
                now() - number * interval '1 minute', now(), 1
            FROM users, generate_series(1, 1000) AS number;

            UPDATE tickets SET id = '{TicketId}' WHERE owner_id = '{userId}' AND title = 'Ticket 500';

            ANALYZE;
            """);
    }

    public async ValueTask DisposeAsync() => await Execute(Admin, $"DROP DATABASE {name} WITH (FORCE)");

    private string ConnectionString(Wire? wire = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(Server) { Database = name };
        if (wire is not null)
        {
            (settings.Host, settings.Port) = ("127.0.0.1", wire.Port);
        }

        return settings.ConnectionString;
    }

    private static async Task Execute(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
