using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Api.Edge;
using ProdReady.Api.RateLimiting;
using ProdReady.Application.Accounts;
using ProdReady.Application.Accounts.EmailAddress;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.Sessions;

namespace ProdReady.Api.Endpoints;

internal static class AccountEndpoints
{
    public static void MapAccount(this RouteGroupBuilder api)
    {
        var account = api.MapGroup("/account").WithTag("Account", "Your account and your sessions.").WithoutCaching();

        account.MapGet("/", Get).WithName("getAccount");
        account.MapPost("/change-password", ChangePassword).WithName("changePassword").RequirePasswordLimit();
        account.MapPost("/change-email", ChangeEmail).WithName("changeEmail").RequirePasswordLimit();
        account.MapGroup("").AllowAnonymous().RequireAuthLimit()
            .MapPost("/confirm-email-change", ConfirmEmailChange).WithName("confirmEmailChange")
            .ProducesProblem(Problems.InvalidToken);
        account.MapGet("/sessions", ListSessions).WithName("listSessions").ProducesAtMost(100);
        account.MapDelete("/sessions/{id:guid}", EndSession).WithName("endSession");
        account.MapDelete("/sessions", EndOtherSessions).WithName("endOtherSessions");
        account.MapPost("/delete", Delete).WithName("deleteAccount").RequirePasswordLimit();
    }

    /// <summary>Get your account</summary>
    /// <remarks>The account that the access token was issued for.</remarks>
    /// <response code="200">The account of the signed-in user.</response>
    /// <response code="401">You are not signed in, or your account was deleted.</response>
    internal static async Task<Results<Ok<AccountResponse>, ChallengeHttpResult>> Get(
        GetAccount getAccount, CurrentUser user, CancellationToken ct) =>
        await getAccount.Handle(user.Id, ct) is { } account
            ? TypedResults.Ok(account)
            : TypedResults.Challenge();

    /// <summary>Change your password</summary>
    /// <remarks>
    /// All other sessions end, and the owner gets an email about it. A wrong current password counts as a failed
    /// sign-in. While the account is locked, the correct password is refused too.
    /// </remarks>
    /// <response code="204">The password is changed.</response>
    internal static async Task<NoContent> ChangePassword(
        ChangePasswordRequest request, ChangePassword changePassword, CurrentUser user, CancellationToken ct)
    {
        await changePassword.Handle(user.Id, user.SessionId, request, user.Device, ct);

        return TypedResults.NoContent();
    }

    /// <summary>Change your email address</summary>
    /// <remarks>
    /// Sends a confirmation link to the new address and a notice to the old one. The address changes when the link is
    /// used. If another account has the new address, the response is the same, and that account gets an email.
    /// </remarks>
    /// <response code="202">The request is accepted; an email may be sent.</response>
    internal static async Task<Accepted> ChangeEmail(
        ChangeEmailRequest request, ChangeEmail changeEmail, CurrentUser user, CancellationToken ct)
    {
        await changeEmail.Handle(user.Id, request, user.Device, ct);

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Confirm your new email address</summary>
    /// <remarks>
    /// Takes the token from the emailed link. The token works once and identifies the account. Sessions stay active;
    /// links that were emailed before become invalid.
    /// </remarks>
    /// <response code="204">The address is changed. Sign in with the new one.</response>
    internal static async Task<Results<NoContent, ProblemResponse>> ConfirmEmailChange(
        ConfirmEmailChangeRequest request, ConfirmEmailChange confirmEmailChange, CancellationToken ct) =>
        await confirmEmailChange.Handle(request, ct) ? TypedResults.NoContent() : Problems.InvalidToken.ToResult();

    /// <summary>List your sessions</summary>
    /// <remarks>The active sessions, the most recently used first; at most 100.</remarks>
    /// <response code="200">Your sessions.</response>
    internal static async Task<Ok<IReadOnlyList<SessionResponse>>> ListSessions(
        ListSessions listSessions, CurrentUser user, CancellationToken ct) =>
        TypedResults.Ok(await listSessions.Handle(user.Id, user.SessionId, ct));

    /// <summary>End a session</summary>
    /// <remarks>Its tokens become invalid at once; with several instances, within 5 seconds on all.</remarks>
    /// <param name="id">The id of one of your sessions.</param>
    /// <response code="204">The session is ended.</response>
    /// <response code="404">You have no such session.</response>
    internal static async Task<Results<NoContent, NotFound>> EndSession(
        Guid id, EndSession endSession, CurrentUser user, CancellationToken ct) =>
        await endSession.Handle(user.Id, id, ct) ? TypedResults.NoContent() : TypedResults.NotFound();

    /// <summary>End all other sessions</summary>
    /// <remarks>Keeps only the session that sends this request.</remarks>
    /// <response code="204">The other sessions are ended.</response>
    internal static async Task<NoContent> EndOtherSessions(
        EndOtherSessions endOtherSessions, CurrentUser user, CancellationToken ct)
    {
        await endOtherSessions.Handle(user.Id, user.SessionId, ct);

        return TypedResults.NoContent();
    }

    /// <summary>Delete your account</summary>
    /// <remarks>
    /// Deletes the account at once, and its data within minutes; this cannot be undone. A wrong password counts as a
    /// failed sign-in. While the account is locked, the correct password is refused too.
    /// </remarks>
    /// <response code="204">The account is deleted.</response>
    internal static async Task<NoContent> Delete(
        DeleteAccountRequest request, DeleteAccount deleteAccount, CurrentUser user, CancellationToken ct)
    {
        await deleteAccount.Handle(user.Id, request, user.Device, ct);

        return TypedResults.NoContent();
    }
}
