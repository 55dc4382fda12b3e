using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ProdReady.Application;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Accounts;

/// <summary>A burst of sign-ins takes neither all cores nor a connection for each.</summary>
public sealed class PasswordQueueTests
{
    [Fact]
    public async Task A_full_queue_refuses_at_once_and_holds_up_no_other_request()
    {
        var hasher = new SlowHasher();
        await using var app = await new App { Replace = hasher.Add }.Started();
        var email = await app.ConfirmedUser();
        using var reader = await app.SignedInClient();
        using var client = app.CreateClient();
        hasher.IsOpen.Reset();
        const int TooMany = 5;
        var allowed = Math.Max(1, Environment.ProcessorCount / 2) + PasswordQueue.MaxWaiting;

        var calls = Enumerable.Range(0, allowed + TooMany).Select(i => client.LogIn(email, $"a guess {i}")).ToList();
        await Eventual.Happens(() => Task.FromResult(calls.Count(call => call.IsCompleted) == TooMany));
        var refused = calls.Where(call => call.IsCompleted).ToList();
        var reads = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => reader.GetAccount()));
        hasher.IsOpen.Set();
        var answers = await Task.WhenAll(calls.Except(refused));

        foreach (var answer in await Task.WhenAll(refused))
        {
            await answer.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        Assert.All(reads, read => Assert.Equal(HttpStatusCode.OK, read.StatusCode));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode));
    }

    [Fact]
    public async Task A_queue_that_does_not_move_refuses_before_the_request_times_out()
    {
        var hasher = new SlowHasher();
        await using var app = await new App { Replace = hasher.Add, ["Requests:Timeout"] = "00:00:10" }.Started();
        using var client = app.CreateClient();
        hasher.IsOpen.Reset();
        var permits = Math.Max(1, Environment.ProcessorCount / 2);

        var calls = Enumerable.Range(0, permits + 1).Select(_ => client.LogIn(Scenarios.NewAddress())).ToList();
        var first = await Task.WhenAny(calls);
        hasher.IsOpen.Set();
        await Task.WhenAll(calls);

        await (await first).ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
    }

    [PostgresFact]
    public async Task A_hundred_parallel_guesses_on_two_instances_get_no_server_error()
    {
        await using var first = await new App
        {
            HashesSlowly = true,
            Reach = TestPostgres.WithoutTimeouts,
            // Other tests take most of the two cores meanwhile.
            ["Requests:Timeout"] = "00:05:00",
        }.Started();
        await using var second = await first.Another();
        var email = await first.ConfirmedUser();
        var clients = new[] { first.CreateClient(), second.CreateClient() };
        Array.ForEach(clients, client => client.Timeout = Timeout.InfiniteTimeSpan);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            clients[i % 2].LogIn(email, $"a wrong guess, number {i}")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode));
    }

    [Fact]
    public async Task A_guess_at_the_current_password_costs_one_hash_and_no_look_at_the_new_one()
    {
        var hasher = new SlowHasher();
        await using var app = await new App { Replace = hasher.Add }.Started();
        using var client = await app.SignedInClient();
        var before = hasher.Hashes;

        foreach (var newPassword in new[] { "eight blue kettles hum at dusk", "passwordpassword" })
        {
            var guess = await client.Post(
                "/api/v1/account/change-password", new { currentPassword = "a wrong guess", newPassword });

            await guess.ShouldNameInvalid("currentPassword");
        }

        Assert.Equal(before + 2, hasher.Hashes);
    }

    private sealed class SlowHasher
    {
        public ManualResetEventSlim IsOpen { get; } = new(initialState: true);

        public int Hashes;

        public void Add(IServiceCollection services) => services.Replace(
            ServiceDescriptor.Scoped<IPasswordHasher<User>>(provider =>
                new Hasher(this, provider.GetRequiredService<IOptions<PasswordHasherOptions>>())));

        private sealed class Hasher(SlowHasher slow, IOptions<PasswordHasherOptions> options)
            : PasswordHasher<User>(options)
        {
            public override string HashPassword(User user, string password)
            {
                slow.Wait();

                return base.HashPassword(user, password);
            }

            public override PasswordVerificationResult VerifyHashedPassword(
                User user, string hashedPassword, string providedPassword)
            {
                slow.Wait();

                return base.VerifyHashedPassword(user, hashedPassword, providedPassword);
            }
        }

        private void Wait()
        {
            Interlocked.Increment(ref Hashes);
            IsOpen.Wait(Scenarios.Ct);
        }
    }
}
