using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Api.Edge;
using ProdReady.Api.Errors;
using ProdReady.Api.OpenApi;
using ProdReady.Api.RateLimiting;
using ProdReady.Api.Requests;
using ProdReady.Application.Accounts;
using ProdReady.Application.Accounts.EmailAddress;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.Sessions;

namespace ProdReady.Api.Endpoints;

internal static class AccountEndpoints
{
    public static void MapAccount(this RouteGroupBuilder api)
    {
        var account = api.MapGroup("/account").WithTag("Account", "What belongs to you alone.").WithoutCaching();

        account.MapGet("/", Get);
        account.MapPost("/change-password", ChangePassword);
        account.MapPost("/change-email", ChangeEmail);
        account.MapGroup("").AllowAnonymous().RequireAuthLimit()
            .MapPost("/confirm-email-change", ConfirmEmailChange).ProducesProblem(Problems.InvalidToken);
        account.MapGet("/sessions", ListSessions);
        account.MapDelete("/sessions/{id:guid}", EndSession);
        account.MapDelete("/sessions", EndOtherSessions);
        account.MapPost("/delete", Delete);
    }

    /// <summary>Get your account</summary>
    /// <remarks>The account whose access token comes with the call.</remarks>
    /// <response code="200">The account of the signed-in user.</response>
    /// <response code="401">You are not signed in, or your account is gone.</response>
    internal static async Task<Results<Ok<AccountResponse>, ChallengeHttpResult>> Get(
        GetAccount getAccount, ClaimsPrincipal user, CancellationToken ct) =>
        await getAccount.Handle(user.Id(), ct) is { } account
            ? TypedResults.Ok(account)
            : TypedResults.Challenge();

    /// <summary>Change your password</summary>
    /// <remarks>
    /// All other sessions end, and a mail tells the owner of the address. A wrong current password counts like a failed
    /// sign-in; once the account is locked, also the right one is refused until the lock is over.
    /// </remarks>
    /// <response code="204">The new password is the only one that is good now.</response>
    internal static async Task<NoContent> ChangePassword(
        ChangePasswordRequest request, ChangePassword changePassword, ClaimsPrincipal user, CancellationToken ct)
    {
        await changePassword.Handle(user.Id(), user.SessionId(), request, ct);

        return TypedResults.NoContent();
    }

    /// <summary>Change your address</summary>
    /// <remarks>
    /// A link is mailed to the new address; until it is followed nothing changes. The old address is told. An address
    /// that has an account already gets the same answer, and its owner a mail that says so.
    /// </remarks>
    /// <response code="202">A mail is on its way.</response>
    internal static async Task<Accepted> ChangeEmail(
        ChangeEmailRequest request, ChangeEmail changeEmail, ClaimsPrincipal user, CancellationToken ct)
    {
        await changeEmail.Handle(user.Id(), request, ct);

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Confirm your new address</summary>
    /// <remarks>
    /// With the token from the mailed link, which is good once and says whose account it is. Sessions stay; links that
    /// were mailed before end.
    /// </remarks>
    /// <response code="204">You sign in with the new address from now on.</response>
    internal static async Task<Results<NoContent, ProblemResponse>> ConfirmEmailChange(
        ConfirmEmailChangeRequest request, ConfirmEmailChange confirmEmailChange, CancellationToken ct) =>
        await confirmEmailChange.Handle(request, ct) ? TypedResults.NoContent() : Problems.InvalidToken.ToResult();

    /// <summary>List your sessions</summary>
    /// <remarks>The devices that are signed in, the last used first; at most 100.</remarks>
    /// <response code="200">Your sessions.</response>
    internal static async Task<Ok<IReadOnlyList<SessionResponse>>> ListSessions(
        ListSessions listSessions, ClaimsPrincipal user, CancellationToken ct) =>
        TypedResults.Ok(await listSessions.Handle(user.Id(), user.SessionId(), ct));

    /// <summary>End a session</summary>
    /// <remarks>Its tokens are dead at once; where several instances serve the API, within 5 seconds on all.</remarks>
    /// <param name="id">The id of one of your sessions.</param>
    /// <response code="204">The device is signed out.</response>
    /// <response code="404">You have no such session.</response>
    internal static async Task<Results<NoContent, NotFound>> EndSession(
        Guid id, EndSession endSession, ClaimsPrincipal user, CancellationToken ct) =>
        await endSession.Handle(user.Id(), id, ct) ? TypedResults.NoContent() : TypedResults.NotFound();

    /// <summary>End all other sessions</summary>
    /// <remarks>Signs out every device but this one.</remarks>
    /// <response code="204">The other devices are signed out.</response>
    internal static async Task<NoContent> EndOtherSessions(
        EndOtherSessions endOtherSessions, ClaimsPrincipal user, CancellationToken ct)
    {
        await endOtherSessions.Handle(user.Id(), user.SessionId(), ct);

        return TypedResults.NoContent();
    }

    /// <summary>Delete your account</summary>
    /// <remarks>
    /// With everything that belongs to it, and for good. A wrong password counts like a failed sign-in; once the
    /// account is locked, also the right one is refused until the lock is over.
    /// </remarks>
    /// <response code="204">The account is gone.</response>
    internal static async Task<NoContent> Delete(
        DeleteAccountRequest request, DeleteAccount deleteAccount, ClaimsPrincipal user, CancellationToken ct)
    {
        await deleteAccount.Handle(user.Id(), request, ct);

        return TypedResults.NoContent();
    }
}
