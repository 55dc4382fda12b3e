using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class ConfirmEmailTests(SharedApp app)
{
    [Fact]
    public async Task Confirming_twice_succeeds()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        await client.SignUp(email);
        var token = await app.MailedToken(email);

        var first = await client.Post("/api/v1/auth/confirm-email", new { email, token });
        var second = await client.Post("/api/v1/auth/confirm-email", new { email, token });

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, second.StatusCode);
    }

    [Fact]
    public async Task The_email_can_be_sent_again()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        await client.SignUp(email);
        await app.NewestMail(email);

        var response = await client.Post("/api/v1/auth/resend-confirmation", new { email });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var mail = await app.NewestMail(email, count: 2);
        Assert.Equal("Confirm your e-mail address", mail.Subject);
    }

    [Fact]
    public async Task Resending_does_not_reveal_whether_an_account_exists()
    {
        using var client = app.CreateClient();
        var known = await app.ConfirmedUser();

        var unknown = await client.Post("/api/v1/auth/resend-confirmation", new { email = Scenarios.NewAddress() });
        var confirmed = await client.Post("/api/v1/auth/resend-confirmation", new { email = known });

        Assert.Equal(HttpStatusCode.Accepted, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, confirmed.StatusCode);
    }

    [Fact]
    public async Task The_token_of_another_user_confirms_nothing()
    {
        using var client = app.CreateClient();
        var (mine, theirs) = (Scenarios.NewAddress(), Scenarios.NewAddress());
        await client.SignUp(mine);
        await client.SignUp(theirs);

        var response = await client.Post(
            "/api/v1/auth/confirm-email", new { email = theirs, token = await app.MailedToken(mine) });

        await response.ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("not base64 at all!")]
    [InlineData("AAAA")]
    public async Task A_malformed_token_is_refused(string token)
    {
        using var client = app.CreateClient();

        var email = await app.ConfirmedUser();
        var response = await client.Post("/api/v1/auth/confirm-email", new { email, token });

        await response.ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }

    [Fact]
    public async Task A_token_for_an_unknown_address_is_refused_in_the_same_way()
    {
        using var client = app.CreateClient();

        var email = Scenarios.NewAddress();
        var response = await client.Post("/api/v1/auth/confirm-email", new { email, token = "AAAA" });

        await response.ShouldBe(HttpStatusCode.BadRequest, "invalid-token");
    }
}
