using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

/// <summary>Neither a response nor the number of hashes reveals whether an account exists.</summary>
public sealed class EnumerationTests : IAsyncLifetime
{
    private readonly HashCounter hashes = new();
    private readonly App app;
    private readonly List<string> addresses = [];

    public EnumerationTests() => app = new App
    {
        Replace = services => services.Replace(ServiceDescriptor.Scoped<IPasswordHasher<User>>(provider =>
            new CountedHasher(hashes, provider.GetRequiredService<IOptions<PasswordHasherOptions>>()))),
    };

    public async ValueTask InitializeAsync()
    {
        await app.InitializeAsync();
        using var client = app.CreateClient();
        var unconfirmed = Scenarios.NewAddress();
        await client.SignUp(unconfirmed);
        var known = await app.ConfirmedUser();
        var locked = await app.ConfirmedUser();
        var disabled = await app.ConfirmedUser();
        for (var i = 0; i < 10; i++)
        {
            await client.LogIn(locked, "a wrong guess");
        }

        await Change(disabled, user => user.DisabledAt, DateTimeOffset.UtcNow);

        addresses.AddRange([Scenarios.NewAddress(), known, unconfirmed, locked, disabled]);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task A_failed_sign_in_looks_the_same_and_takes_one_hash_for_every_cause()
    {
        var wrong = await Ask("login", email => new { email, password = "a wrong guess" });
        var right = await Ask("login", email => new { email, password = Scenarios.Password });

        // right[1] is the confirmed account with its correct password.
        Assert.Single(wrong.Concat(right).Except([right[1]]).Distinct());
        Assert.StartsWith("401", wrong[0]);
        Assert.StartsWith("200", right[1]);
    }

    [Fact]
    public async Task Signing_up_looks_the_same_and_takes_one_hash_for_every_address() =>
        Assert.StartsWith("202", Assert.Single(
            (await Ask("register", email => new { email, password = Scenarios.Password })).Distinct()));

    [Theory]
    [InlineData("resend-confirmation")]
    [InlineData("forgot-password")]
    public async Task Requesting_an_email_looks_the_same_for_every_address(string call) =>
        Assert.StartsWith("202", Assert.Single((await Ask(call, email => new { email })).Distinct()));

    [Fact]
    public async Task A_wrong_token_looks_the_same_for_every_address()
    {
        var confirmations = await Ask("confirm-email", email => new { email, token = "AAAA" });
        var resets = await Ask(
            "reset-password", email => new { email, token = "AAAA", newPassword = Scenarios.Password });

        Assert.StartsWith("400", Assert.Single(confirmations.Distinct()));
        Assert.StartsWith("400", Assert.Single(resets.Distinct()));
    }

    private Task<int> Change(
        string email,
        System.Linq.Expressions.Expression<Func<User, DateTimeOffset?>> property,
        DateTimeOffset value) =>
        app.Query(db => db.Users.Where(user => user.Email == email).ExecuteUpdateAsync(
            set => set.SetProperty(property, value), Scenarios.Ct));

    /// <returns>All that a client sees of each response, and how many hashes it took.</returns>
    private async Task<List<string>> Ask(string call, Func<string, object> body)
    {
        using var client = app.CreateClient();
        var seen = new List<string>();
        foreach (var email in addresses)
        {
            var before = hashes.Count;
            var response = await client.Post($"/api/v1/auth/{call}", body(email));
            var count = hashes.Count - before;

            var headers = response.Headers.Concat(response.Content.Headers)
                .Where(header => header.Key is not ("Date" or "RateLimit"))
                .OrderBy(header => header.Key)
                .Select(header => $"{header.Key}: {string.Join(',', header.Value)}");
            var text = await response.Content.ReadAsStringAsync(Scenarios.Ct);
            var traceless = System.Text.RegularExpressions.Regex.Replace(text, "[0-9a-f]{32}", "");
            seen.Add($"{(int)response.StatusCode} {string.Join('\n', headers)} {traceless} {count} hashes");
        }

        return seen;
    }

    private sealed class HashCounter
    {
        public int Count;
    }

    private sealed class CountedHasher(HashCounter counter, IOptions<PasswordHasherOptions> options)
        : PasswordHasher<User>(options)
    {
        public override string HashPassword(User user, string password)
        {
            Interlocked.Increment(ref counter.Count);

            return base.HashPassword(user, password);
        }

        public override PasswordVerificationResult VerifyHashedPassword(
            User user, string hashedPassword, string providedPassword)
        {
            Interlocked.Increment(ref counter.Count);

            return base.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }
}
