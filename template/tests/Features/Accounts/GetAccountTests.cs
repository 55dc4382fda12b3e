using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class GetAccountTests(SharedApp app)
{
    [Fact]
    public async Task Users_see_their_own_account()
    {
        var email = await app.ConfirmedUser();
        using var client = app.CreateClient();
        var tokens = await client.SignIn(email);
        client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Text("accessToken"));

        var response = await client.Get("/api/v1/account");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        var account = await response.Json();
        Assert.Equal(
            ["id", "email", "roles", "mfaEnabled", "createdAt"],
            account.EnumerateObject().Select(member => member.Name));
        Assert.Equal(email, account.Text("email"));
        Assert.Equal(0, account.GetProperty("roles").GetArrayLength());
        Assert.False(account.GetProperty("mfaEnabled").GetBoolean());
    }
}
