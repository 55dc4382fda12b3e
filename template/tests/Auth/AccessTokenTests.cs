using System.Net;
using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using ProdReady.Infrastructure.Auth;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Auth;

public sealed class AccessTokenTests(SharedApp app)
{
    // Or the other facts here would hold for the wrong reason.
    [Fact]
    public async Task A_token_that_is_made_like_ours_is_accepted()
    {
        var email = await app.ConfirmedUser();
        var user = await app.Query(db => db.Users.SingleAsync(u => u.Email == email, Stories.Ct));

        var response = await Call(Token(token => token.Claims["sub"] = user.Id.ToString()));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_token_for_nobody_is_refused()
    {
        var response = await Call(Token(_ => { }));

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task An_expired_token_is_refused() =>
        await ShouldBeRefused(Token(token => token.Expires = DateTime.UtcNow.AddMinutes(-1)));

    [Fact]
    public async Task A_token_for_somebody_else_is_refused() =>
        await ShouldBeRefused(Token(token => token.Audience = "another"));

    [Fact]
    public async Task A_token_from_somebody_else_is_refused() =>
        await ShouldBeRefused(Token(token => token.Issuer = "another"));

    [Fact]
    public async Task A_token_of_another_type_is_refused() =>
        await ShouldBeRefused(Token(token => token.TokenType = "JWT"));

    [Fact]
    public async Task Another_algorithm_with_the_right_key_is_refused() =>
        await ShouldBeRefused(Token(token => token.SigningCredentials =
            new SigningCredentials(token.SigningCredentials.Key, SecurityAlgorithms.HmacSha384)));

    [Fact]
    public async Task A_token_without_a_signature_is_refused() =>
        await ShouldBeRefused(Token(token => token.SigningCredentials = null));

    [Fact]
    public async Task A_token_that_was_changed_is_refused()
    {
        var parts = Token(_ => { }).Split('.');
        var payload = Base64UrlEncoder.Decode(parts[1]).Replace("\"role\":\"user\"", "\"role\":\"admin\"");

        await ShouldBeRefused($"{parts[0]}.{Base64UrlEncoder.Encode(payload)}.{parts[2]}");
    }

    [Fact]
    public async Task Without_a_token_the_answer_says_which_kind_is_wanted()
    {
        using var client = app.CreateClient();

        var response = await client.Get("/api/v1/account");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    private async Task ShouldBeRefused(string token)
    {
        var response = await Call(token);

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.StartsWith("Bearer error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString());
    }

    private async Task<HttpResponseMessage> Call(string token)
    {
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        return await client.Get("/api/v1/account");
    }

    private string Token(Action<SecurityTokenDescriptor> change)
    {
        var jwt = app.Services.GetRequiredService<IOptions<JwtOptions>>().Value;
        var token = new SecurityTokenDescriptor
        {
            TokenType = "at+jwt",
            Issuer = jwt.Issuer,
            Audience = jwt.Audience,
            IssuedAt = DateTime.UtcNow.AddMinutes(-5),
            NotBefore = DateTime.UtcNow.AddMinutes(-5),
            Expires = DateTime.UtcNow.AddMinutes(5),
            Claims = new Dictionary<string, object> { ["sub"] = Guid.NewGuid().ToString(), ["role"] = "user" },
            SigningCredentials = new SigningCredentials(jwt.SecurityKeys()[0], SecurityAlgorithms.HmacSha256),
        };
        change(token);

        return new JsonWebTokenHandler().CreateToken(token);
    }
}
