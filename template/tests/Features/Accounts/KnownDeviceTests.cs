using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Accounts.SignIn;
using ProdReady.Domain;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

/// <summary>An attacker who guesses passwords does not lock the owner out.</summary>
public sealed class KnownDeviceTests : IAsyncLifetime
{
    private const string Home = "198.51.100.7";
    private const string Elsewhere = "203.0.113.66";
    private const string NewPassword = "eight blue kettles hum at dusk";

    private readonly App app = new() { Replace = Addresses.Add };

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task Guesses_from_elsewhere_do_not_lock_out_a_device_that_signed_in_before()
    {
        var email = await app.ConfirmedUser();
        using var owner = app.ClientAt(Home);
        await owner.SignIn(email);

        await Guess(Elsewhere, email, times: 12);

        Assert.Equal(HttpStatusCode.OK, (await owner.LogIn(email)).StatusCode);
        using var elsewhere = app.ClientAt(Elsewhere);
        await (await elsewhere.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
    }

    [Fact]
    public async Task The_device_that_reset_the_password_signs_in_while_the_guesses_go_on()
    {
        var email = await app.ConfirmedUser();
        using var owner = app.ClientAt(Home);
        await Guess(Elsewhere, email, times: 12);
        await (await owner.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");

        await Reset(owner, email);
        await Guess(Elsewhere, email, times: 12);

        Assert.Equal(HttpStatusCode.OK, (await owner.LogIn(email, NewPassword)).StatusCode);
    }

    [Fact]
    public async Task A_known_device_locks_out_itself_and_no_other_until_the_password_is_reset()
    {
        var email = await app.ConfirmedUser();
        using var owner = app.ClientAt(Home);
        await owner.SignIn(email);
        using var phone = app.ClientAt(Elsewhere);
        await phone.SignIn(email);

        await Guess(Home, email, times: 10);

        await (await owner.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        Assert.Equal(HttpStatusCode.OK, (await phone.LogIn(email)).StatusCode);
        using var unknown = app.ClientAt("192.0.2.1");
        Assert.Equal(HttpStatusCode.OK, (await unknown.LogIn(email)).StatusCode);
        await Reset(owner, email);
        Assert.Equal(HttpStatusCode.OK, (await owner.LogIn(email, NewPassword)).StatusCode);
    }

    [Fact]
    public async Task Guesses_of_an_attacker_with_many_addresses_are_counted_together()
    {
        var email = await app.ConfirmedUser();

        for (var i = 0; i < 10; i++)
        {
            await Guess($"203.0.113.{i}", email, times: 1);
        }

        using var fresh = app.ClientAt("192.0.2.1");
        await (await fresh.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
    }

    [Fact]
    public async Task A_hundred_concurrent_guesses_of_a_known_device_on_two_instances_lock_it_once()
    {
        await using var second = await app.Another();
        var email = await app.ConfirmedUser();
        var clients = new[] { app.ClientAt(Home), second.ClientAt(Home) };
        await clients[0].SignIn(email);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => clients[i % 2].LogIn(email, $"a wrong guess {i}")));

        await (await clients[0].LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        var events = app.Log.SecurityEvents.Concat(second.Log.SecurityEvents).ToList();
        Assert.Single(events, name => name == "locked-out");
        using var unknown = app.ClientAt(Elsewhere);
        Assert.Equal(HttpStatusCode.OK, (await unknown.LogIn(email)).StatusCode);
    }

    [Theory]
    [InlineData("198.51.100.7", "Laptop/1.0", "198.51.100.7", "Laptop/1.0", true)]
    [InlineData("198.51.100.7", "Laptop/1.0", "198.51.100.7", "Laptop/1.1", false)]
    [InlineData("198.51.100.7", "Laptop/1.0", "198.51.100.8", "Laptop/1.0", false)]
    [InlineData("2001:db8::1", "Laptop/1.0", "2001:db8::ffff:1", "Laptop/1.0", true)]
    [InlineData("2001:db8::1", "Laptop/1.0", "2001:db8:0:1::1", "Laptop/1.0", false)]
    public async Task A_device_is_known_by_its_network_and_its_User_Agent(
        string address, string userAgent, string nextAddress, string nextUserAgent, bool isKnown)
    {
        var email = await app.ConfirmedUser();
        using var client = app.ClientAt(address);
        client.DefaultRequestHeaders.UserAgent.ParseAdd(userAgent);
        await client.SignIn(email);
        await Guess(Elsewhere, email, times: 10);

        using var next = app.ClientAt(nextAddress);
        next.DefaultRequestHeaders.UserAgent.ParseAdd(nextUserAgent);

        var expected = isKnown ? HttpStatusCode.OK : HttpStatusCode.Unauthorized;
        Assert.Equal(expected, (await next.LogIn(email)).StatusCode);
    }

    [Fact]
    public async Task A_device_is_known_for_90_days_after_its_last_sign_in_also_without_a_session()
    {
        var email = await app.ConfirmedUser();
        using var owner = app.ClientAt(Home);
        await owner.SignIn(email);
        var first = await Devices(email);
        await app.Query(db => db.Sessions.ExecuteDeleteAsync(Scenarios.Ct));
        await Guess(Elsewhere, email, times: 10);

        Assert.Equal(HttpStatusCode.OK, (await owner.LogIn(email)).StatusCode);

        var renewed = Assert.Single(await Devices(email));
        Assert.InRange(renewed.ExpiresAt, DateTimeOffset.UtcNow.AddDays(89), DateTimeOffset.UtcNow.AddDays(90));
        Assert.True(renewed.ExpiresAt > Assert.Single(first).ExpiresAt);
        await app.Query(db => db.Set<KnownDevice>().ExecuteUpdateAsync(
            set => set.SetProperty(device => device.ExpiresAt, DateTimeOffset.UtcNow), Scenarios.Ct));
        await (await owner.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        await app.Services.GetRequiredService<Purge>().Run(Scenarios.Ct);
        Assert.Empty(await Devices(email));
    }

    [Fact]
    public async Task An_account_has_a_bounded_number_of_known_devices_and_takes_them_with_it()
    {
        var email = await app.ConfirmedUser();
        for (var i = 0; i < Lockouts.MaxDevicesPerUser + 2; i++)
        {
            using var client = app.ClientAt($"198.51.100.{i}");
            await client.SignIn(email);
        }

        Assert.Equal(Lockouts.MaxDevicesPerUser, (await Devices(email)).Count);
        await Guess(Elsewhere, email, times: 10);
        using var oldest = app.ClientAt("198.51.100.0");
        await (await oldest.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        using var newest = app.ClientAt($"198.51.100.{Lockouts.MaxDevicesPerUser + 1}");
        Assert.Equal(HttpStatusCode.OK, (await newest.LogIn(email)).StatusCode);
        await app.Query(db => db.Users.Where(user => user.Email == email).ExecuteDeleteAsync(Scenarios.Ct));
        Assert.Equal(0, await app.Query(db => db.Set<KnownDevice>().CountAsync(Scenarios.Ct)));
    }

    private async Task Guess(string address, string email, int times)
    {
        using var client = app.ClientAt(address);
        for (var i = 0; i < times; i++)
        {
            await (await client.LogIn(email, "a wrong guess"))
                .ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        }
    }

    private async Task Reset(HttpClient client, string email)
    {
        await client.Post("/api/v1/auth/forgot-password", new { email });
        await app.NewestMail(email, count: 2);
        var token = await app.MailedToken(email);
        var reset = await client.Post("/api/v1/auth/reset-password", new { email, token, newPassword = NewPassword });

        Assert.Equal(HttpStatusCode.NoContent, reset.StatusCode);
    }

    private Task<List<KnownDevice>> Devices(string email) => app.Query(db => db.Set<KnownDevice>().AsNoTracking()
        .Where(device => db.Users.Any(user => user.Id == device.UserId && user.Email == email))
        .ToListAsync(Scenarios.Ct));
}
