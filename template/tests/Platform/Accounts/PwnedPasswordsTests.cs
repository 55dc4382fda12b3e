using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Accounts;

/// <summary>A service of somebody else's that may be slow, broken or hostile, and holds nobody up.</summary>
public sealed class PwnedPasswordsTests
{
    // A generous multiple of the seconds that the look-up has.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string Hash =
        Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(Stories.Password)));

    private static readonly Dictionary<string, RequestDelegate> Failures = new()
    {
        ["hangs"] = context => Task.Delay(Timeout.Infinite, context.RequestAborted),
        ["breaks"] = context =>
        {
            context.Response.StatusCode = 500;

            return Task.CompletedTask;
        },
        ["leads elsewhere"] = context =>
        {
            context.Response.Redirect("/elsewhere");

            return Task.CompletedTask;
        },
        ["sends without end"] = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(new string('0', 100_000), context.RequestAborted);
            }
        },
        ["sends drop by drop"] = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync("0", context.RequestAborted);
                await Task.Delay(50, context.RequestAborted);
            }
        },
        ["hangs up"] = context =>
        {
            context.Abort();

            return Task.CompletedTask;
        },
    };

    public static TheoryData<string> FailureNames => [.. Failures.Keys];

    [Fact]
    public async Task A_password_that_was_stolen_elsewhere_is_refused_everywhere()
    {
        await using var service = await Knowing($"{Hash[5..]}:37");
        await using var app = await With(service).Started();
        using var client = app.CreateClient();

        var problem = await (await Register(client)).ShouldBe(HttpStatusCode.BadRequest, "validation-failed");

        Assert.StartsWith(
            "Is known from a data breach", problem.GetProperty("errors").GetProperty("password")[0].GetString());
        Assert.Equal([$"/range/{Hash[..5]}"], service.Requests);
    }

    [Fact]
    public async Task Other_passwords_and_padding_are_no_reason_to_refuse()
    {
        await using var service = await Knowing($"{new string('0', 35)}:5\r\n{Hash[5..]}:0");
        await using var app = await With(service).Started();
        using var client = app.CreateClient();

        Assert.Equal(HttpStatusCode.Accepted, (await Register(client)).StatusCode);
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task What_is_easy_to_guess_is_refused_without_asking_anybody()
    {
        await using var service = await Knowing("");
        await using var app = await With(service).Started();
        using var client = app.CreateClient();

        await (await Register(client, "passwordpassword")).ShouldNameInvalid("password");

        Assert.Empty(service.Requests);
    }

    [Theory]
    [MemberData(nameof(FailureNames))]
    public async Task One_that_fails_keeps_nobody_out_and_is_left_alone_after_a_few_times(string how)
    {
        await using var service = await OtherService.Start(Failures[how]);
        await using var app = With(service);
        // So long that the request is there by then, and the three failures still come within half a minute.
        app["PwnedPasswords:Timeout"] = "00:00:03";
        await app.InitializeAsync();
        using var client = app.CreateClient();
        await Register(client, "passwordpassword");

        for (var i = 0; i < 3; i++)
        {
            var response = await Register(client).WaitAsync(Patience, Stories.Ct);

            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        }

        // At once, since after half a minute it is tried again.
        var others = Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Register(client)));
        Assert.All(
            await others.WaitAsync(Patience, Stories.Ct),
            response => Assert.Equal(HttpStatusCode.Accepted, response.StatusCode));

        Assert.Equal(Enumerable.Repeat($"/range/{Hash[..5]}", 3), service.Requests);
        Assert.Equal(3, app.Log.Lines.Count(line => line.MessageTemplate.Text.StartsWith("Breached password lookup failed")));
        Assert.DoesNotContain(app.Log.Lines, line => line.Level > LogEventLevel.Warning);
    }

    [Fact]
    public async Task It_can_be_switched_off()
    {
        await using var service = await Knowing($"{Hash[5..]}:37");
        await using var app = With(service);
        app["PwnedPasswords:Enabled"] = "false";
        await app.InitializeAsync();
        using var client = app.CreateClient();

        Assert.Equal(HttpStatusCode.Accepted, (await Register(client)).StatusCode);
        Assert.Empty(service.Requests);
    }

    private static Task<OtherService> Knowing(string hashes) =>
        OtherService.Start(context => context.Response.WriteAsync(hashes, context.RequestAborted));

    private static App With(OtherService service) => new()
    {
        ["PwnedPasswords:Enabled"] = "true",
        ["PwnedPasswords:BaseUrl"] = service.Url,
        // The first call of all takes its time on a busy machine.
        ["PwnedPasswords:Timeout"] = "00:00:10",
    };

    private static Task<HttpResponseMessage> Register(HttpClient client, string password = Stories.Password) =>
        client.SignUp(Stories.NewAddress(), password);
}
