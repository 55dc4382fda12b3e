using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.DataProtection;
using ProdReady.Infrastructure.Email;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.DataProtection;

/// <summary>
/// The three steps of docs/security.md. During each, instances with the old settings serve beside those with the new.
/// </summary>
public sealed class KeyRotationTests
{
    private const string Old = "SqC1pQGG8tSLdm1gCwTeyWCYBZEY1pTfOUTOjMhmJvFBs71rSgXmB1rHKKXTEm+X";
    private const string New = "0kRrcYgVxkOTDPvjgcFYCeTk6MlmvLTSDHbEJjOavlyJtNhDZVvWUG6IUQSaIXQT";

    [Fact]
    public async Task Adding_a_key_signs_no_user_out_and_loses_no_mail() => await ServeSideBySide([Old], [Old, New]);

    [Fact]
    public async Task Making_it_the_first_signs_no_user_out_and_loses_no_mail() =>
        await ServeSideBySide([Old, New], [New, Old]);

    [Fact]
    public async Task Removing_the_old_one_signs_no_user_out_and_loses_no_mail() =>
        await ServeSideBySide([New, Old], [New]);

    [Fact]
    public async Task A_key_of_Data_Protection_that_no_signing_key_decrypts_stays_as_it_is()
    {
        await using var app = await With(Old);
        await app.ConfirmedUser();
        var stored = await StoredKeys(app);
        await using var other = await app.Another(another => another["Jwt:SigningKeys:0"] = New);

        await Reencrypt(other);

        Assert.Subset((await StoredKeys(app)).ToHashSet(), stored.ToHashSet());
    }

    private static async Task ServeSideBySide(string[] before, string[] after)
    {
        // Stores a key of Data Protection, encrypted with the old signing key.
        await using var origin = await With(Old);
        await origin.ConfirmedUser();
        await origin.Stop();

        await using var first = await origin.Another(app => Configure(app, before));
        await Reencrypt(first);
        await using var second = await origin.Another(app => Configure(app, after));

        // A deployment, and a rollback of it.
        await MoveBetween(first, second);
        await MoveBetween(second, first);
    }

    private static async Task MoveBetween(App from, App to)
    {
        var email = await from.ConfirmedUser();
        using var session = await from.SignedIn(email);
        using var client = session.On(to);
        Assert.True(await client.IsSignedIn());

        var refreshed = await client.Refresh(session.RefreshToken);
        Assert.Equal(HttpStatusCode.OK, refreshed.StatusCode);
        var tokens = await refreshed.Json();
        session.Client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Text("accessToken"));
        Assert.True(await session.Client.IsSignedIn());
        var back = await session.Client.Refresh(tokens.Text("refreshToken"));
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);

        // The link is requested from one instance; the other can send the mail, and accepts the token.
        await session.Client.Post("/api/v1/auth/forgot-password", new { email });
        var reset = await from.NewestMail(email, count: 2);
        Assert.Contains("token=", reset.TextBody);
        var token = reset.TextBody!.Split("token=")[1].Split('\n')[0].Trim();
        var changed = await client.Post(
            "/api/v1/auth/reset-password", new { email, token, newPassword = "a quite different horse battery" });
        Assert.Equal(HttpStatusCode.NoContent, changed.StatusCode);

        var content = new EmailContent("Subject", "Text", "Html");
        Assert.Equal(content, Protector(to).Unprotect(Protector(from).Protect(content)));
    }

    private static Task<App> With(string key) => new App { ["Jwt:SigningKeys:0"] = key }.Started();

    private static void Configure(App app, string[] keys)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            app[$"Jwt:SigningKeys:{i}"] = keys[i];
        }
    }

    private static EmailProtector Protector(App app) => app.Services.GetRequiredService<EmailProtector>();

    private static Task Reencrypt(App app) => app.Services.GetRequiredService<KeyReencryption>().Run(Scenarios.Ct);

    private static Task<List<string?>> StoredKeys(App app) =>
        app.Query(db => db.DataProtectionKeys.Select(key => key.Xml).ToListAsync(Scenarios.Ct));
}
