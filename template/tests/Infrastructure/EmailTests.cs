using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Infrastructure;

public sealed class EmailTests
{
    [Fact]
    public async Task Mails_go_out_over_SMTP_and_leave_the_outbox()
    {
        await using var server = new SmtpServer();
        await using var app = await With(server).Started();
        using var client = app.CreateClient();
        var email = Stories.NewAddress();

        await client.Post("/api/v1/auth/register", new { email, password = Stories.Password });

        var mail = await server.NextMail();
        Assert.Equal(email, mail.To.ToString());
        Assert.Equal("noreply@app.example", mail.From.ToString());
        Assert.Contains("https://app.example/confirm-email?email=", mail.TextBody);
        await Eventual.Happens(async () => await app.Query(db => db.Outbox.CountAsync(Stories.Ct)) == 0);
    }

    [Fact]
    public async Task A_server_that_is_down_slows_nobody_and_gets_the_mail_when_it_is_back()
    {
        await using var server = new SmtpServer();
        server.Refuse = true;
        await using var app = await With(server).Started();
        using var client = app.CreateClient();
        var email = Stories.NewAddress();

        var response = await client.Post("/api/v1/auth/register", new { email, password = Stories.Password });
        await Eventual.Happens(() => app.Query(db => db.Outbox.AnyAsync(mail => mail.Attempts > 0, Stories.Ct)));
        server.Refuse = false;

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(email, (await server.NextMail()).To.ToString());
    }

    private static App With(SmtpServer server) => new()
    {
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:Port"] = $"{server.Port}",
        ["Smtp:UseTls"] = "false",
        ["Smtp:From"] = "noreply@app.example",
    };
}
