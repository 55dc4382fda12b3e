using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.RateLimiting;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

/// <summary>The limit of mails protects a mailbox, and cannot be used to lock its owner out.</summary>
public sealed class MailLimitTests
{
    [Fact]
    public async Task However_often_links_are_requested_the_mailbox_has_one_that_lives()
    {
        var clock = new ShiftedClock();
        await using var own = await new App { Replace = services => services.AddSingleton<TimeProvider>(clock) }
            .Started();
        using var client = own.CreateClient();
        var email = await own.ConfirmedUser();

        foreach (var minutes in Enumerable.Range(0, 24).Select(i => 5 * i))
        {
            clock.Shift = TimeSpan.FromMinutes(minutes);
            for (var i = 0; i < 3; i++)
            {
                await client.Post("/api/v1/auth/forgot-password", new { email });
            }

            Assert.True(await own.Query(db => db.MailedTokens.AnyAsync(
                token => token.ExpiresAt > clock.GetUtcNow() && token.Purpose == MailedTokenPurpose.ResetPassword,
                Scenarios.Ct)));
        }

        await own.AllMailsAreOut(email);
        // Two hours touch four or five windows of half an hour, with two mails each, after the mail of the sign-up. A
        // mail may be delivered twice, because the clock jumps over its claim.
        Assert.InRange(own.Mails(email).DistinctBy(mail => mail.MessageId).Count(), 1 + 8, 1 + 10);
        var (token, newPassword) = (await own.MailedToken(email), "eight blue kettles hum at dusk");
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await client.Post("/api/v1/auth/reset-password", new { email, token, newPassword })).StatusCode);
    }

    [Theory]
    [InlineData("forgot-password")]
    [InlineData("resend-confirmation")]
    [InlineData("register")]
    public async Task Without_a_count_no_email_is_sent_and_every_address_gets_503(string call)
    {
        var counter = new Counter();
        await using var own = await new App { Replace = services => services.AddSingleton<ISharedCounter>(counter) }
            .Started();
        using var client = own.CreateClient();
        var (unknown, unconfirmed, known) = (Scenarios.NewAddress(), Scenarios.NewAddress(), await own.ConfirmedUser());
        await client.SignUp(unconfirmed);
        await own.AllMailsAreOut(unconfirmed, known);
        counter.IsSilent = true;

        foreach (var email in (string[])[unknown, unconfirmed, known])
        {
            object body = call == "register" ? new { email, password = Scenarios.Password } : new { email };
            var response = await client.Post($"/api/v1/auth/{call}", body);

            await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        }

        await own.AllMailsAreOut(unknown, unconfirmed, known);
        Assert.Equal((0, 1, 1), (own.Mails(unknown).Count, own.Mails(unconfirmed).Count, own.Mails(known).Count));
    }

    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }

    private sealed class Counter : ISharedCounter
    {
        public bool IsSilent { get; set; }

        public Task<int?> Add(string key, int amount, DateTimeOffset windowEnd, CancellationToken ct) =>
            Task.FromResult<int?>(IsSilent ? null : 1);
    }
}
