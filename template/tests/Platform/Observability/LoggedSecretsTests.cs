using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using ProdReady.Tests.Support;
using Serilog.Formatting.Compact;

namespace ProdReady.Tests.Platform.Observability;

/// <summary>Every level is lowered to Verbose, and every kind of secret is sent, received and mailed.</summary>
public sealed class LoggedSecretsTests
{
    private const string NewPassword = "a quite different horse battery";
    private const string WrongPassword = "a wrong horse battery staple";

    // The docs' own example lowers the level of a namespace; others name a category, or a part of one.
    private static readonly string[] Categories =
    [
        "Microsoft",
        "Microsoft.AspNetCore",
        "Microsoft.AspNetCore.Authentication.JwtBearer.JwtBearerHandler",
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        "Microsoft.AspNetCore.Server.Kestrel.BadRequests",
        "Microsoft.EntityFrameworkCore",
        "Polly",
        "System.Net.Http.HttpClient",
        "System.Net.Http.HttpClient.IBreachedPasswords.LogicalHandler",
    ];

    [Fact]
    public async Task No_level_writes_a_token_a_password_a_hash_or_an_address_into_the_log()
    {
        await using var mails = MailServer.Start();
        await using var pwned = await OtherService.Start(context => context.Response.WriteAsync("0123:1"));
        await using var app = new App
        {
            ["PwnedPasswords:Enabled"] = "true",
            ["PwnedPasswords:BaseUrl"] = pwned.Url,
            ["PwnedPasswords:Timeout"] = "00:00:10",
            ["Serilog:MinimumLevel:Default"] = "Verbose",
        };
        foreach (var category in Categories)
        {
            app[$"Serilog:MinimumLevel:Override:{category}"] = "Verbose";
        }

        mails.Serve(app);
        await app.InitializeAsync();

        var secrets = await SendAndReceiveSecrets(app, mails);
        secrets.AddRange(pwned.Requests);

        await Eventual.Happens(() => app.Log.Lines.Any(line => line.RenderMessage().Contains("/auth/logout 204")));
        var log = LogOf(app);
        Assert.Contains("Microsoft.EntityFrameworkCore.Database.Command", log);
        Assert.Contains("Microsoft.AspNetCore.Routing", log);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<List<string>> SendAndReceiveSecrets(App app, MailServer mails)
    {
        var email = Scenarios.NewAddress();
        using var client = app.CreateClient();
        await client.SignUp(email);
        var confirmation = TokenIn((await mails.MailTo(email)).TextBody!);
        await client.Get($"/confirm-email?email={email}&token={confirmation}");
        await client.Post("/api/v1/auth/confirm-email", new { email, token = confirmation });

        await client.LogIn(email, WrongPassword);
        await client.Post("/api/v1/auth/forgot-password", new { email });
        await Eventual.Happens(() => mails.Mails.Count(mail => mail.To.ToString() == email) == 2);
        var reset = TokenIn(mails.Mails.Last(mail => mail.To.ToString() == email).TextBody!);
        await client.Get($"/reset-password?email={email}&token={reset}");
        await client.Get($"/api/v1/account?token={reset}");
        await client.Post("/api/v1/auth/reset-password", new { email, token = reset, newPassword = NewPassword });

        var tokens = await client.SignIn(email, NewPassword);
        var refreshed = await (await client.Refresh(tokens.Text("refreshToken"))).Json();
        var access = refreshed.Text("accessToken");
        await SendInvalidRequests(client.BaseAddress!, reset, access);
        client.DefaultRequestHeaders.Authorization = new("Bearer", access + "x");
        await client.Get("/api/v1/account");
        client.DefaultRequestHeaders.Authorization = new("Bearer", access);
        var logout = await client.Post("/api/v1/auth/logout");

        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);

        return
        [
            email, email.Replace("@", "%40"), confirmation, reset, Scenarios.Password, NewPassword, WrongPassword,
            tokens.Text("accessToken"), tokens.Text("refreshToken"), access, refreshed.Text("refreshToken"),
        ];
    }

    // Kestrel quotes the line that it cannot parse.
    private static async Task SendInvalidRequests(Uri address, string token, string access)
    {
        string[] requests =
        [
            $"GET /reset-password?token={token} \u0001 HTTP/1.1\r\n\r\n",
            $"GET /reset-password?token={token} HTTP/9.9\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization : Bearer {access}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: localhost?token={token}\r\n\r\n",
        ];
        foreach (var request in requests)
        {
            using var socket = new TcpClient(address.Host, address.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Scenarios.Ct);
            var answer = new byte[12];
            await socket.GetStream().ReadAtLeastAsync(answer, 12, throwOnEndOfStream: false, Scenarios.Ct);
            Assert.Matches("^HTTP/1.1 (400|505)$", Encoding.ASCII.GetString(answer));
        }
    }

    private static string TokenIn(string mail) => mail.Split("token=")[1].Split('\n')[0].Trim();

    private static string LogOf(App app)
    {
        var log = new StringWriter();
        foreach (var line in app.Log.Lines)
        {
            new RenderedCompactJsonFormatter().Format(line, log);
        }

        return log.ToString();
    }
}
