using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

public sealed class AuthorizationTests
{
    [Fact]
    public async Task Without_the_role_it_is_403_and_with_the_role_it_works_after_the_next_refresh()
    {
        await using var app = new App
        {
            Routes = routes => routes.MapGet("/admins", () => "welcome")
                .RequireAuthorization(policy => policy.RequireRole("admin")),
        };
        await app.InitializeAsync();
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);

        await (await session.Client.Get("/admins")).ShouldBe(HttpStatusCode.Forbidden, "forbidden");

        await app.Query(async db =>
        {
            (await db.Users.SingleAsync(user => user.Email == email, Scenarios.Ct)).Roles.Add("admin");

            return await db.SaveChangesAsync(Scenarios.Ct);
        });
        var next = await (await session.Client.Refresh(session.RefreshToken)).Json();
        session.Client.DefaultRequestHeaders.Authorization = new("Bearer", next.Text("accessToken"));
        Assert.Equal(HttpStatusCode.OK, (await session.Client.Get("/admins")).StatusCode);
    }
}
