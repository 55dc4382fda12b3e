using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using ProdReady.Application;
using ProdReady.Application.Auth;

namespace ProdReady.Api;

internal sealed class AuthLimitOptions
{
    public const string Section = "RateLimits:Auth";

    /// <summary>So many calls each address may make in a window, to all anonymous sign-in routes together.</summary>
    [Range(1, 1_000_000)]
    public int PermitLimit { get; init; } = 20;

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>
/// Says no to who asks too often. All instances count together, in the database; what one instance has seen often
/// enough by itself does not get that far, so that a flood of requests is not a flood of writes.
/// </summary>
internal static class RateLimiting
{
    private const string AuthPolicy = "auth";

    public static void AddRateLimiting(this IServiceCollection services)
    {
        services.AddSettings<AuthLimitOptions>(AuthLimitOptions.Section);
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<AuthLimitOptions>>().Value;

            return PartitionedRateLimiter.Create<ClientWindow, ClientWindow>(client =>
                RateLimitPartition.GetFixedWindowLimiter(client, _ => new FixedWindowRateLimiterOptions
                {
                    PermitLimit = options.PermitLimit,
                    Window = options.Window,
                    QueueLimit = 0,
                }));
        });
    }

    /// <summary>For routes that guess at passwords and send mails, and are open to everybody.</summary>
    public static RouteGroupBuilder RequireAuthLimit(this RouteGroupBuilder group) =>
        group.WithMetadata(new AuthLimit());

    public static void UseRateLimits(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<AuthLimitOptions>>().Value;
        var here = app.Services.GetRequiredService<PartitionedRateLimiter<ClientWindow>>();
        var everywhere = app.Services.GetRequiredService<ISharedCounter>();
        var events = app.Services.GetRequiredService<SecurityEvents>();
        var clock = app.Services.GetRequiredService<TimeProvider>();

        app.Use(async (context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<AuthLimit>() is null)
            {
                await next(context);
                return;
            }

            var now = clock.GetUtcNow();
            var client = new ClientWindow(AddressOf(context), CountingWindow.EndOf(now, options.Window));
            using var lease = here.AttemptAcquire(client);
            var count = lease.IsAcquired
                ? await everywhere.Increment($"{AuthPolicy} {client.Address}", client.End, context.RequestAborted)
                : options.PermitLimit + 1;
            var left = options.PermitLimit - count ?? here.GetStatistics(client)!.CurrentAvailablePermits;
            var isOver = left < 0;
            var seconds = Math.Max(1, (int)Math.Ceiling((client.End - now).TotalSeconds));

            // At the last moment, because the exception handler clears what was set before.
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                headers["RateLimit-Policy"] =
                    $"\"{AuthPolicy}\";q={options.PermitLimit};w={(int)options.Window.TotalSeconds}";
                headers["RateLimit"] = $"\"{AuthPolicy}\";r={Math.Max(0, left)};t={seconds}";
                if (isOver)
                {
                    headers.RetryAfter = $"{seconds}";
                }

                return Task.CompletedTask;
            });

            if (isOver)
            {
                events.RateLimitHit(AuthPolicy);
                await Problems.QuotaExceeded.ToResult().ExecuteAsync(context);
                return;
            }

            await next(context);
        });
    }

    // Whoever has one IPv6 address has the 2^64 of its network.
    private static string AddressOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();

        return $"{new IPAddress(bytes)}/64";
    }

    internal sealed record AuthLimit;

    internal sealed record ClientWindow(string Address, DateTimeOffset End);
}
