using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ProdReady.Domain;

namespace ProdReady.Application.Auth;

/// <summary>The mails about an account. They go out once the use case that queued them has saved.</summary>
internal sealed class AccountEmails(
    UserManager<User> users, IAppDbContext db, IOptions<AppOptions> app, TimeProvider clock)
{
    public async Task QueueConfirmation(User user)
    {
        var token = MailedToken.Encode(await users.GenerateEmailConfirmationTokenAsync(user));
        var query = $"?email={UrlEncoder.Default.Encode(user.Email!)}&token={token}";

        Queue(
            user.Email!,
            "Confirm your e-mail address",
            "Somebody, hopefully you, signed up with this address. Follow the link to confirm it.",
            app.Value.LinkTo("confirm-email" + query),
            "If it was not you, ignore this mail: without the link the account cannot be used.");
    }

    public void QueueAlreadyRegistered(string email) =>
        Queue(
            email,
            "You already have an account",
            "Somebody, hopefully you, tried to sign up with this address, which has an account already.",
            app.Value.PublicUrl,
            "Sign in instead. If it was not you, there is nothing to do: nothing was changed.");

    private void Queue(string recipient, string subject, string before, Uri link, string after)
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

        db.Outbox.Add(OutboxEmail.To(recipient, subject, text, html, clock.Now()));
    }
}
