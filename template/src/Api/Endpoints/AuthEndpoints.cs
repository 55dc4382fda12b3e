using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Api.Edge;
using ProdReady.Api.Errors;
using ProdReady.Api.OpenApi;
using ProdReady.Api.RateLimiting;
using ProdReady.Api.Requests;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.SignIn;
using ProdReady.Application.Accounts.SignUp;

namespace ProdReady.Api.Endpoints;

internal static class AuthEndpoints
{
    public static void MapAuth(this RouteGroupBuilder api)
    {
        var auth = api.MapGroup("/auth")
            .WithTag("Sign-in", "From signing up to the tokens that every other call needs.")
            .WithoutCaching();

        // Anybody can call these, so each address may do so only now and then.
        var limited = auth.MapGroup("").AllowAnonymous().RequireAuthLimit();
        limited.MapPost("/register", Register);
        limited.MapPost("/confirm-email", ConfirmEmail).ProducesProblem(Problems.InvalidToken);
        limited.MapPost("/resend-confirmation", ResendConfirmation);
        limited.MapPost("/login", Login).ProducesProblem(Problems.InvalidCredentials);
        limited.MapPost("/forgot-password", ForgotPassword);
        limited.MapPost("/reset-password", ResetPassword).ProducesProblem(Problems.InvalidToken);

        auth.MapPost("/refresh", Refresh).AllowAnonymous().RequireRefreshLimit()
            .ProducesProblem(Problems.InvalidRefreshToken);
        auth.MapPost("/logout", Logout);
    }

    /// <summary>Sign up</summary>
    /// <remarks>
    /// A mail with a confirmation link goes to the address; the account can be used once it is confirmed. An address
    /// that has an account already gets the same answer, and its owner a mail that says so.
    /// </remarks>
    /// <response code="202">A mail is on its way.</response>
    internal static async Task<Accepted> Register(RegisterRequest request, Register register, CancellationToken ct)
    {
        await register.Handle(request, ct);

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Confirm an address</summary>
    /// <remarks>With the token from the link that was mailed to it.</remarks>
    /// <response code="204">The address is confirmed.</response>
    internal static async Task<Results<NoContent, ProblemResponse>> ConfirmEmail(
        ConfirmEmailRequest request, ConfirmEmail confirmEmail, CancellationToken ct) =>
        await confirmEmail.Handle(request, ct) ? TypedResults.NoContent() : Problems.InvalidToken.ToResult();

    /// <summary>Send the confirmation mail again</summary>
    /// <remarks>The answer is the same for every address, known or not.</remarks>
    /// <response code="202">If the address waits for its confirmation, a mail is on its way.</response>
    internal static async Task<Accepted> ResendConfirmation(
        ResendConfirmationRequest request, ResendConfirmation resendConfirmation, CancellationToken ct)
    {
        await resendConfirmation.Handle(request, ct);

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Sign in</summary>
    /// <remarks>
    /// Starts a session of its own, beside those on other devices. After 10 wrong passwords in a row the account is
    /// locked for 5 minutes, or until its password is reset; who is signed in already notices nothing.
    /// </remarks>
    /// <response code="200">The tokens of a new session.</response>
    /// <response code="401">Signing in did not work. The answer is the same whatever the cause.</response>
    internal static async Task<Results<Ok<TokenResponse>, ProblemResponse>> Login(
        LoginRequest request, Login login, HttpContext http, CancellationToken ct) =>
        await login.Handle(request, http.Device(), ct) is { } tokens
            ? TypedResults.Ok(tokens)
            : Problems.InvalidCredentials.ToResult();

    /// <summary>Get new tokens</summary>
    /// <remarks>
    /// Each refresh token is good for one refresh. The one just replaced is answered with its successor for another 30
    /// seconds, so that parallel requests and lost answers sign nobody out; used later, it ends the session.
    /// </remarks>
    /// <response code="200">The next tokens of the session.</response>
    /// <response code="401">The session is over.</response>
    internal static async Task<Results<Ok<TokenResponse>, ProblemResponse>> Refresh(
        RefreshRequest request, RefreshSession refreshSession, HttpContext http, CancellationToken ct) =>
        await refreshSession.Handle(request, http.Device(), ct) is { } tokens
            ? TypedResults.Ok(tokens)
            : Problems.InvalidRefreshToken.ToResult();

    /// <summary>Ask for a new password</summary>
    /// <remarks>
    /// A mail with a link goes to the address, if it has an account. The answer is the same for every address, known or
    /// not.
    /// </remarks>
    /// <response code="202">If there is such an account, a mail is on its way.</response>
    internal static async Task<Accepted> ForgotPassword(
        ForgotPasswordRequest request, ForgotPassword forgotPassword, CancellationToken ct)
    {
        await forgotPassword.Handle(request, ct);

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Choose a new password</summary>
    /// <remarks>
    /// With the token from the mailed link, which is good once. It signs nobody in: all sessions of the account end, a
    /// lock after wrong passwords is lifted, and a mail tells the owner.
    /// </remarks>
    /// <response code="204">The new password is the only one that is good now.</response>
    internal static async Task<Results<NoContent, ProblemResponse>> ResetPassword(
        ResetPasswordRequest request, ResetPassword resetPassword, CancellationToken ct) =>
        await resetPassword.Handle(request, ct) ? TypedResults.NoContent() : Problems.InvalidToken.ToResult();

    /// <summary>Sign out</summary>
    /// <remarks>Ends the session of this device: its access token and its refresh token are dead.</remarks>
    /// <response code="204">You are signed out.</response>
    internal static async Task<NoContent> Logout(Logout logout, ClaimsPrincipal user, CancellationToken ct)
    {
        await logout.Handle(user.Id(), user.SessionId(), ct);

        return TypedResults.NoContent();
    }
}
