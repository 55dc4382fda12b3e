using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Api.Edge;
using ProdReady.Api.RateLimiting;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;
using ProdReady.Application.Accounts.SignUp;

namespace ProdReady.Api.Endpoints;

internal static class AuthEndpoints
{
    public static void MapAuth(this RouteGroupBuilder api)
    {
        var auth = api.MapGroup("/auth")
            .WithTag("Sign-in", "Sign up, sign in, and get the tokens for all other calls.")
            .WithoutCaching();

        // These need no token, so the rate limit counts by IP address.
        var limited = auth.MapGroup("").AllowAnonymous().RequireAuthLimit();
        limited.MapPost("/register", Register).WithName("register");
        limited.MapPost("/confirm-email", ConfirmEmail).WithName("confirmEmail").ProducesProblem(Problems.InvalidToken);
        limited.MapPost("/resend-confirmation", ResendConfirmation).WithName("resendConfirmation");
        limited.MapPost("/login", Login).WithName("login").ProducesProblem(Problems.InvalidCredentials);
        limited.MapPost("/forgot-password", ForgotPassword).WithName("forgotPassword");
        limited.MapPost("/reset-password", ResetPassword).WithName("resetPassword")
            .ProducesProblem(Problems.InvalidToken);

        auth.MapPost("/refresh", Refresh).WithName("refreshSession").AllowAnonymous().RequireRefreshLimit(SessionOf)
            .ProducesProblem(Problems.InvalidRefreshToken);
        auth.MapPost("/logout", Logout).WithName("logout");
    }

    /// <summary>Sign up</summary>
    /// <remarks>
    /// Sends a confirmation link to the address; the account can be used once the address is confirmed. If the address
    /// already has an account, the response is the same, and the owner of the account gets an email. Until the address
    /// is confirmed, each registration sends a link of its own, at most five an hour.
    /// </remarks>
    /// <response code="202">The request is accepted; an email may be sent.</response>
    internal static async Task<Accepted> Register(RegisterRequest request, Register register, CancellationToken ct)
    {
        await register.Handle(request, ct);

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Confirm an email address</summary>
    /// <remarks>
    /// Takes the token from the emailed link. The password of the registration that the link was sent for becomes the
    /// password of the account, and the other links become invalid.
    /// </remarks>
    /// <response code="204">The address is confirmed.</response>
    internal static async Task<Results<NoContent, ProblemResponse>> ConfirmEmail(
        ConfirmEmailRequest request, ConfirmEmail confirmEmail, CancellationToken ct) =>
        await confirmEmail.Handle(request, ct) ? TypedResults.NoContent() : Problems.InvalidToken.ToResult();

    /// <summary>Resend the confirmation email</summary>
    /// <remarks>The response is the same whether or not the address has an account.</remarks>
    /// <response code="202">An email is sent if the account exists and is not confirmed.</response>
    internal static async Task<Accepted> ResendConfirmation(
        ResendConfirmationRequest request, ResendConfirmation resendConfirmation, CancellationToken ct)
    {
        await resendConfirmation.Handle(request, ct);

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Sign in</summary>
    /// <remarks>
    /// Starts a new session; other sessions stay active. After 10 wrong passwords in a row the account is locked for 5
    /// minutes, or until its password is reset. A locked account keeps its active sessions, and guesses from elsewhere
    /// do not lock out a device that signed in or reset the password in the last 90 days.
    /// </remarks>
    /// <response code="200">The tokens of a new session.</response>
    /// <response code="401">The sign-in failed. The response is the same for every cause.</response>
    internal static async Task<Results<Ok<TokenResponse>, ProblemResponse>> Login(
        LoginRequest request, Login login, HttpContext http, CancellationToken ct) =>
        await login.Handle(request, http.Device(), ct) is { } tokens
            ? TypedResults.Ok(tokens)
            : Problems.InvalidCredentials.ToResult();

    /// <summary>Refresh the tokens</summary>
    /// <remarks>
    /// Each refresh token works once. For 30 seconds, a token that was just replaced returns its successor again, so
    /// that parallel requests and lost responses do not end the session. After that, using it ends the session. From a
    /// device with another address and another User-Agent it is refused.
    /// </remarks>
    /// <response code="200">The new tokens of the session.</response>
    /// <response code="401">The token is invalid, or the session has ended.</response>
    internal static async Task<Results<Ok<TokenResponse>, ProblemResponse>> Refresh(
        RefreshRequest request, RefreshSession refreshSession, HttpContext http, CancellationToken ct) =>
        await refreshSession.Handle(request, http.Device(), ct) is { } tokens
            ? TypedResults.Ok(tokens)
            : Problems.InvalidRefreshToken.ToResult();

    /// <summary>Request a password reset</summary>
    /// <remarks>Emails a reset link. The response is the same whether or not the address has an account.</remarks>
    /// <response code="202">An email is sent if the account exists.</response>
    internal static async Task<Accepted> ForgotPassword(
        ForgotPasswordRequest request, ForgotPassword forgotPassword, CancellationToken ct)
    {
        await forgotPassword.Handle(request, ct);

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Reset the password</summary>
    /// <remarks>
    /// Takes the token from the emailed link, which works once. All sessions of the account end, a lockout is lifted,
    /// and the owner gets an email. It does not sign you in.
    /// </remarks>
    /// <response code="204">The password is changed.</response>
    internal static async Task<Results<NoContent, ProblemResponse>> ResetPassword(
        ResetPasswordRequest request, ResetPassword resetPassword, HttpContext http, CancellationToken ct) =>
        await resetPassword.Handle(request, http.Device(), ct)
            ? TypedResults.NoContent()
            : Problems.InvalidToken.ToResult();

    /// <summary>Sign out</summary>
    /// <remarks>Ends the current session; its access token and its refresh token become invalid.</remarks>
    /// <response code="204">You are signed out.</response>
    internal static async Task<NoContent> Logout(EndSession endSession, CurrentUser user, CancellationToken ct)
    {
        await endSession.Handle(user.Id, user.SessionId, ct);

        return TypedResults.NoContent();
    }

    // A forged token has no session, so it does not count for the one that it names.
    private static Guid? SessionOf(EndpointFilterInvocationContext refresh) =>
        refresh.HttpContext.RequestServices.GetRequiredService<ITokens>()
            .ReadRefreshToken(refresh.GetArgument<RefreshRequest>(0).RefreshToken)?.SessionId;
}
