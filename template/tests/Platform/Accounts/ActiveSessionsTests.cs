using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Accounts;

public sealed class ActiveSessionsTests
{
    private const int Capacity = 20;

    [Fact]
    public async Task A_session_that_ends_while_the_cache_is_full_is_dead_at_once()
    {
        await using var app = await new App
        {
            Replace = services => services.Replace(ServiceDescriptor.Singleton<IActiveSessions>(provider =>
                ActivatorUtilities.CreateInstance<ActiveSessions>(provider, Capacity))),
        }.Started();
        var email = await app.ConfirmedUser();
        for (var i = 0; i < Capacity - 1; i++)
        {
            using var other = await app.SignedIn(await app.ConfirmedUser());
            Assert.True(await other.Client.IsSignedIn());
        }

        using var session = await app.SignedIn(email);
        Assert.True(await session.Client.IsSignedIn());
        await session.Client.Post("/api/v1/auth/logout");

        Assert.False(await session.Client.IsSignedIn());
    }
}
