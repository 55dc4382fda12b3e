using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ProdReady.Domain;

namespace ProdReady.Application.Auth;

/// <summary>The mails about an account. They go out once the use case that queued them has saved.</summary>
internal sealed class AccountEmails(
    UserManager<User> users,
    IAppDbContext db,
    IOptions<AppOptions> app,
    IOptions<AccountsOptions> accounts,
    TimeProvider clock)
{
    public async Task QueueConfirmation(User user) =>
        Queue(
            user,
            "Confirm your e-mail address",
            "Somebody, hopefully you, signed up with this address. Follow the link to confirm it.",
            LinkTo("confirm-email", user, await users.GenerateEmailConfirmationTokenAsync(user)),
            "If it was not you, ignore this mail: without the link the account cannot be used.");

    public void QueueAlreadyRegistered(User user) =>
        Queue(
            user,
            "You already have an account",
            "Somebody, hopefully you, tried to sign up with this address, which has an account already.",
            app.Value.PublicUrl,
            "Sign in instead, or ask for a new password if you have forgotten yours. If it was not you, there is "
            + "nothing to do: nothing was changed.");

    public async Task QueuePasswordReset(User user) =>
        Queue(
            user,
            "Choose a new password",
            "Somebody, hopefully you, asked for a new password. Follow the link to choose one. It is good for "
            + $"{accounts.Value.ResetTokenLifetime.TotalMinutes:0} minutes, and once.",
            LinkTo("reset-password", user, await users.GeneratePasswordResetTokenAsync(user)),
            "If it was not you, ignore this mail: your password stays as it is.");

    public void QueuePasswordChanged(User user) =>
        Queue(
            user,
            "Your password was changed",
            "The password of your account was changed, and all other devices were signed out.",
            app.Value.PublicUrl,
            "If it was not you, somebody else has been in your account: ask for a new password at once.");

    public void QueueAccountDeleted(User user) =>
        Queue(
            user,
            "Your account was deleted",
            "Your account, and all that belonged to it, was deleted, as you asked for.",
            app.Value.PublicUrl,
            "You can sign up again at any time.");

    private Uri LinkTo(string page, User user, string token) => app.Value.LinkTo(
        $"{page}?email={Uri.EscapeDataString(user.Email!)}&token={MailedToken.Encode(token)}");

    private void Queue(User user, string subject, string before, Uri link, string after)
    {
        var text = $"{before}\n\n{link.AbsoluteUri}\n\n{after}\n";
        var url = HtmlEncoder.Default.Encode(link.AbsoluteUri);
        var html = $"""
            <!doctype html>
            <html lang="en">
            <body>
            <p>{HtmlEncoder.Default.Encode(before)}</p>
            <p><a href="{url}">{url}</a></p>
            <p>{HtmlEncoder.Default.Encode(after)}</p>
            </body>
            </html>
            """;

        db.Outbox.Add(OutboxEmail.To(user.Email!, subject, text, html, clock.Now()));
    }
}
