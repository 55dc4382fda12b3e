using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Accounts;

/// <summary>The external service may be slow, broken or hostile; sign-up still works.</summary>
public sealed class PwnedPasswordsTests
{
    // Much longer than the timeout of a lookup.
    private static readonly TimeSpan TestTimeout = TimeSpan.FromSeconds(60);

    private static readonly string Hash =
        Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(Scenarios.Password)));

    private static readonly Dictionary<string, RequestDelegate> Failures = new()
    {
        ["hangs"] = context => Task.Delay(Timeout.Infinite, context.RequestAborted),
        ["fails"] = context =>
        {
            context.Response.StatusCode = 500;

            return Task.CompletedTask;
        },
        ["redirects"] = context =>
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
        ["sends slowly"] = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync("0", context.RequestAborted);
                await Task.Delay(50, context.RequestAborted);
            }
        },
        ["aborts"] = context =>
        {
            context.Abort();

            return Task.CompletedTask;
        },
    };

    public static TheoryData<string> FailureNames => [.. Failures.Keys];

    [Fact]
    public async Task A_breached_password_is_refused()
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
    public async Task Other_passwords_and_padding_are_ignored()
    {
        await using var service = await Knowing($"{new string('0', 35)}:5\r\n{Hash[5..]}:0");
        await using var app = await With(service).Started();
        using var client = app.CreateClient();

        Assert.Equal(HttpStatusCode.Accepted, (await Register(client)).StatusCode);
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task A_weak_password_is_refused_without_a_lookup()
    {
        await using var service = await Knowing("");
        await using var app = await With(service).Started();
        using var client = app.CreateClient();

        await (await Register(client, "passwordpassword")).ShouldNameInvalid("password");

        Assert.Empty(service.Requests);
    }

    [Theory]
    [MemberData(nameof(FailureNames))]
    public async Task A_failing_service_blocks_no_sign_up_and_opens_the_circuit(string how)
    {
        await using var service = await OtherService.Start(Failures[how]);
        await using var app = With(service);
        // Long enough for the request to arrive; three timeouts still fit into the 30 seconds of the circuit breaker.
        app["PwnedPasswords:Timeout"] = "00:00:03";
        await app.InitializeAsync();
        using var client = app.CreateClient();
        await Register(client, "passwordpassword");

        for (var i = 0; i < 3; i++)
        {
            var response = await Register(client).WaitAsync(TestTimeout, Scenarios.Ct);

            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        }

        // Concurrently, because the circuit closes again after 30 seconds.
        var others = Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Register(client)));
        Assert.All(
            await others.WaitAsync(TestTimeout, Scenarios.Ct),
            response => Assert.Equal(HttpStatusCode.Accepted, response.StatusCode));

        Assert.Equal(Enumerable.Repeat($"/range/{Hash[..5]}", 3), service.Requests);
        Assert.Equal(3, app.Log.Lines.Count(line =>
            line.MessageTemplate.Text.StartsWith("Breached password lookup failed")));
        Assert.DoesNotContain(app.Log.Lines, line => line.Level > LogEventLevel.Warning);
    }

    [Fact]
    public async Task The_lookup_can_be_disabled()
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
        // The first call is slow on a busy machine.
        ["PwnedPasswords:Timeout"] = "00:00:10",
    };

    private static Task<HttpResponseMessage> Register(HttpClient client, string password = Scenarios.Password) =>
        client.SignUp(Scenarios.NewAddress(), password);
}
