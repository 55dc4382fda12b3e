using System.Net;
using Microsoft.IdentityModel.JsonWebTokens;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class LoginTests(SharedApp app)
{
    [Fact]
    public async Task Signing_in_gives_a_short_lived_access_token_and_a_refresh_token()
    {
        using var client = app.CreateClient();

        var tokens = await client.SignIn(await app.ConfirmedUser());

        Assert.Equal(
            ["tokenType", "accessToken", "expiresIn", "refreshToken"],
            tokens.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Bearer", tokens.Text("tokenType"));
        Assert.Equal(300, tokens.GetProperty("expiresIn").GetInt32());
    }

    [Fact]
    public async Task An_access_token_has_a_type_and_no_personal_data()
    {
        using var client = app.CreateClient();

        var tokens = await client.SignIn(await app.ConfirmedUser());

        var jwt = new JsonWebToken(tokens.Text("accessToken"));
        Assert.Equal("at+jwt", jwt.Typ);
        Assert.Equal("HS256", jwt.Alg);
        Assert.NotEmpty(jwt.Kid);
        Assert.Equal(
            ["aud", "exp", "iat", "iss", "jti", "sid", "sub"], jwt.Claims.Select(claim => claim.Type).Order());
    }

    [Fact]
    public async Task The_response_is_the_same_for_every_cause()
    {
        using var client = app.CreateClient();
        var unconfirmed = Scenarios.NewAddress();
        await client.SignUp(unconfirmed);

        var problems = new[]
        {
            await LogIn(Scenarios.NewAddress(), Scenarios.Password),
            await LogIn(await app.ConfirmedUser(), Scenarios.Password + "r"),
            await LogIn(await app.ConfirmedUser(), Scenarios.Password.ToUpperInvariant()),
            await LogIn(unconfirmed, Scenarios.Password),
        };

        Assert.Single(problems.Distinct());

        async Task<string> LogIn(string email, string password)
        {
            var response = await client.Post("/api/v1/auth/login", new { email, password });
            var problem = await response.ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");

            return problem.Text("title") + problem.Text("detail");
        }
    }

    [Fact]
    public async Task Tokens_are_not_cached()
    {
        using var client = app.CreateClient();

        var response = await client.Post(
            "/api/v1/auth/login", new { email = await app.ConfirmedUser(), password = Scenarios.Password });

        Assert.True(response.Headers.CacheControl!.NoStore);
    }
}
