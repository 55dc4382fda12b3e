using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class RegisterTests(SharedApp app)
{
    [Fact]
    public async Task Signing_up_sends_a_link_that_confirms_the_address()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();

        var response = await client.SignUp(email);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var mail = await app.NewestMail(email);
        Assert.Contains("https://app.example/confirm-email?email=", mail.TextBody);
        Assert.Contains("https://app.example/confirm-email?email=", mail.HtmlBody);
    }

    [Fact]
    public async Task A_known_address_gets_the_same_response_and_its_owner_an_email()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();

        var response = await client.SignUp(email.ToUpperInvariant(), "seven green teapots sing");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(0, response.Content.Headers.ContentLength);
        var mail = await app.NewestMail(email, count: 2);
        Assert.Equal("You already have an account", mail.Subject);
        await client.SignIn(email);
    }

    [Fact]
    public async Task Twenty_concurrent_sign_ups_with_one_address_make_one_account()
    {
        await Eventual.IsNotTheEndOfTheHour();
        await using var own = await new App().Started();
        await using var other = await own.Another();
        var clients = new[] { own.CreateClient(), other.CreateClient() };
        var email = Scenarios.NewAddress();

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            clients[i % 2].SignUp(i % 3 == 0 ? email.ToUpperInvariant() : email)));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.Accepted, response.StatusCode));
        Assert.Equal(1, await own.Query(db => db.Users.CountAsync(
            user => user.NormalizedEmail == email.ToUpperInvariant(), Scenarios.Ct)));
        await own.AllMailsAreOut(email, email.ToUpperInvariant());
        // Each with a link of its own, for the password of its registration; at most five in an hour.
        Assert.Equal(5, Mails().Count);
        Assert.All(Mails(), mail => Assert.Equal("Confirm your e-mail address", mail.Subject));

        List<MimeKit.MimeMessage> Mails() => [.. own.Mails(email), .. own.Mails(email.ToUpperInvariant())];
    }

    [Theory]
    [InlineData("")]
    [InlineData("no-at-sign")]
    [InlineData("a@b@example.com")]
    [InlineData("a b@example.com")]
    [InlineData("a@.")]
    [InlineData("a@b..c")]
    [InlineData("a@example.com.")]
    [InlineData("a..b@example.com")]
    [InlineData(".a@example.com")]
    [InlineData("a.@example.com")]
    [InlineData("a@example.com\nBcc: everybody@example.com")]
    [InlineData("\"a\" <a@example.com>")]
    [InlineData("a@example\u3002com")] // mail servers read these three as dots
    [InlineData("a@example\uFF0Ecom")]
    [InlineData("a@example\uFF61com")]
    [InlineData("a@\uFF45xample.com")] // a wide e
    [InlineData("a@\u24D4xample.com")] // a circled e
    [InlineData("a@example.com\uFE6Bshop.example")] // a small @
    [InlineData("a@example.com\uFE65b")] // a small >
    [InlineData("\u017Fam@example.com")] // a long s, whose upper case is S
    [InlineData("a\u037Eb@example.com")] // in form C a semicolon
    [InlineData("a@ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää.com")] // too long as xn--
    public async Task An_invalid_address_is_refused(string email)
    {
        using var client = app.CreateClient();

        var response = await client.SignUp(email);

        await response.ShouldNameInvalid("email");
    }

    [Fact]
    public async Task Two_forms_of_a_character_are_one_address()
    {
        using var client = app.CreateClient();
        var name = $"{Guid.NewGuid():N}";
        var (composed, decomposed) = ($"jos\u00E9-{name}@ex\u00E4mple.com", $"jose\u0301-{name}@exa\u0308mple.com");

        await client.SignUp(composed);
        await client.SignUp(decomposed);
        await app.Query(db => db.Users.Where(user => user.Email == composed)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.EmailConfirmed, true), Scenarios.Ct));

        Assert.Equal(1, await app.Query(db => db.Users.CountAsync(user => user.Email!.Contains(name), Scenarios.Ct)));
        await client.SignIn(composed);
        await client.SignIn(decomposed);
    }

    [Fact]
    public async Task The_Kelvin_sign_keeps_no_address_from_its_owner()
    {
        using var client = app.CreateClient();
        var name = $"ate-{Guid.NewGuid():N}@example.com";

        await client.SignUp($"\u212A{name}");
        await client.SignUp($"k{name}");

        await app.NewestMail($"K{name}", count: 2);
    }

    [Fact]
    public async Task Two_spellings_of_a_domain_are_one_address_with_one_limit_of_mails()
    {
        await Eventual.IsNotTheEndOfTheHour();
        using var client = app.CreateClient();
        var name = $"user-{Guid.NewGuid():N}";
        string[] spellings = [$"{name}@exämple.com", $"{name}@xn--exmple-cua.com", $"{name}@EXÄMPLE.COM"];

        for (var i = 0; i < 9; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await client.SignUp(spellings[i % 3])).StatusCode);
        }

        var user = await app.Query(db => db.Users.SingleAsync(
            u => u.NormalizedEmail!.StartsWith(name.ToUpperInvariant()), Scenarios.Ct));
        Assert.Equal($"{name}@xn--exmple-cua.com".ToUpperInvariant(), user.NormalizedEmail);
        Assert.Equal(5, await app.Query(db => db.MailedTokens.CountAsync(
            link => link.UserId == user.Id, Scenarios.Ct)));
        await app.Query(db => db.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.EmailConfirmed, true), Scenarios.Ct));
        foreach (var spelling in spellings)
        {
            await client.SignIn(spelling);
        }
    }

    [Fact]
    public async Task All_invalid_members_are_named_at_once()
    {
        using var client = app.CreateClient();

        var response = await client.Post("/api/v1/auth/register", new { });

        await response.ShouldNameInvalid("email", "password");
    }

    [Fact]
    public async Task Passwords_are_stored_as_slow_hashes()
    {
        await using var real = await new App { HashesSlowly = true }.Started();
        var email = await real.ConfirmedUser();

        var user = await real.Query(db => db.Users.SingleAsync(u => u.Email == email, Scenarios.Ct));

        // Identity's format 3: HMAC-SHA512 (2), then the iterations; 0x00035b60 is 220,000.
        var hash = Convert.FromBase64String(user.PasswordHash!);
        Assert.Equal("010000000200035B60", Convert.ToHexString(hash.AsSpan(0, 9)));
    }
}
