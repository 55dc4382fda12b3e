using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;
using SmtpServer.Protocol;

namespace ProdReady.Tests.Platform.Email;

/// <summary>A mail that was committed is delivered, also if the process crashes or stops.</summary>
public sealed class OutboxCrashTests
{
    [PostgresFact]
    public async Task A_crash_before_the_delivery_does_not_lose_the_mail()
    {
        await using var server = MailServer.Start();
        await server.Down();
        var settings = await ProductionOn(server);
        var email = await RegisterAndKill(settings, () => Task.CompletedTask);

        await Due(settings);
        server.Up();
        var (app, client) = await AppProcess.Start(settings);

        using (client)
        await using (app)
        {
            await server.MailTo(email);
        }
    }

    [PostgresFact]
    public async Task A_crash_after_the_server_took_the_mail_sends_it_twice_at_most()
    {
        await using var server = MailServer.Start();
        server.Answer = async _ =>
        {
            await Task.Delay(Timeout.Infinite, Scenarios.Ct);

            return SmtpResponse.Ok;
        };
        var settings = await ProductionOn(server);
        var email = await RegisterAndKill(
            settings, () => Eventual.Happens(() => server.Mails.Count == 1));
        server.Answer = _ => Task.FromResult(SmtpResponse.Ok);

        // Before the next app starts, which claims the mail at once.
        await Due(settings);
        var (app, client) = await AppProcess.Start(settings);

        using (client)
        await using (app)
        {
            await using var db = Database(settings);
            await Eventual.Happens(async () => await db.Set<OutboxEmail>().CountAsync(Scenarios.Ct) == 0);
        }

        Assert.Equal([email, email], server.Mails.Select(mail => mail.To.ToString()));
        Assert.Single(server.Mails.Select(mail => mail.MessageId).Distinct());
    }

    [PostgresFact]
    public async Task An_app_that_stops_completes_the_delivery_that_is_running()
    {
        await using var server = MailServer.Start();
        var released = new TaskCompletionSource<SmtpResponse>();
        server.Answer = _ => released.Task;
        var settings = await ProductionOn(server);
        var (app, client) = await AppProcess.Start(settings);
        using (client)
        await using (app)
        {
            await client.SignUp(Scenarios.NewAddress());
            await Eventual.Happens(() => server.Mails.Count == 1);

            var ending = app.Stop();
            await Eventual.Happens(() => app.Output.Any(line => line.Contains("Application is shutting down")));
            released.SetResult(SmtpResponse.Ok);

            Assert.Equal(0, await ending);
        }

        await using var db = Database(settings);
        Assert.Equal(0, await db.Set<OutboxEmail>().CountAsync(Scenarios.Ct));
        Assert.Single(server.Mails);
    }

    [PostgresFact]
    public async Task An_app_that_stops_releases_the_claim_of_a_delivery_that_hangs()
    {
        await using var server = MailServer.Start();
        server.Answer = async _ =>
        {
            await Task.Delay(Timeout.Infinite, Scenarios.Ct);

            return SmtpResponse.Ok;
        };
        var settings = await ProductionOn(server);
        var (app, client) = await AppProcess.Start(settings);
        using (client)
        await using (app)
        {
            await client.SignUp(Scenarios.NewAddress());
            await Eventual.Happens(() => server.Mails.Count == 1);

            Assert.Equal(0, await app.Stop());
        }

        await using var db = Database(settings);
        Assert.True((await db.Set<OutboxEmail>().SingleAsync(Scenarios.Ct)).NextAttemptAt <= DateTimeOffset.UtcNow);
    }

    [PostgresFact]
    public async Task An_app_that_stops_releases_its_claims_before_its_last_request_ends()
    {
        await using var server = MailServer.Start();
        server.Answer = async _ =>
        {
            await Task.Delay(Timeout.Infinite, Scenarios.Ct);

            return SmtpResponse.Ok;
        };
        var (arrived, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        var ending = new App
        {
            Routes = Hang,
            // On a busy machine the other instance may need more than the default of 30 s to claim the mail.
            Replace = services => services.Configure<HostOptions>(
                host => host.ShutdownTimeout = TimeSpan.FromMinutes(2)),
        };
        server.Serve(ending);
        await using var ended = await ending.Started();
        using var client = ending.CreateClient();
        await client.SignUp(Scenarios.NewAddress());
        await Eventual.Happens(() => server.Mails.Count == 1);
        await using var other = await ending.Another();
        var request = client.Get("/hang");
        await arrived.Task;
        server.Answer = _ => Task.FromResult(SmtpResponse.Ok);

        ending.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await Eventual.Happens(() => server.Mails.Count == 2);
        Assert.False(request.IsCompleted);
        Assert.DoesNotContain(ending.Log.Lines, line => line.MessageTemplate.Text.Contains("was not delivered"));
        released.SetResult();

        void Hang(IEndpointRouteBuilder routes) => routes.MapGet("/hang", () =>
        {
            arrived.TrySetResult();

            return released.Task;
        }).AllowAnonymous();
    }

    private static async Task<Dictionary<string, string>> ProductionOn(MailServer server)
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ConnectionStrings:Database"] = await TestPostgres.CreateMigratedDatabase(),
            ["PwnedPasswords:Enabled"] = "false",
        };
        foreach (var (key, value) in server.Settings())
        {
            settings[key] = value;
        }

        return settings;
    }

    private static async Task<string> RegisterAndKill(IReadOnlyDictionary<string, string> settings, Func<Task> first)
    {
        var (app, client) = await AppProcess.Start(settings);
        using (client)
        await using (app)
        {
            var email = Scenarios.NewAddress();
            await client.SignUp(email);
            await first();
            await app.Kill();

            return email;
        }
    }

    private static AppDbContext Database(IReadOnlyDictionary<string, string> settings)
    {
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres(settings["ConnectionStrings:Database"]);

        return new AppDbContext(options.Options);
    }

    // Instead of waiting until the lease ends.
    private static async Task Due(IReadOnlyDictionary<string, string> settings)
    {
        await using var db = Database(settings);
        await db.Set<OutboxEmail>().ExecuteUpdateAsync(
            set => set.SetProperty(mail => mail.NextAttemptAt, DateTimeOffset.UtcNow), Scenarios.Ct);
    }
}
