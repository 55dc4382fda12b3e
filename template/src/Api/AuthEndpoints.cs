using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Application.Auth;

namespace ProdReady.Api;

internal static class AuthEndpoints
{
    public static void MapAuth(this RouteGroupBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Sign-in").AllowAnonymous().WithoutCaching();

        auth.MapPost("/register", Register);
        auth.MapPost("/confirm-email", ConfirmEmail);
        auth.MapPost("/resend-confirmation", ResendConfirmation);
        auth.MapPost("/login", Login);
        auth.MapPost("/refresh", Refresh);
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
    /// <response code="204">The address is confirmed.</response>
    /// <response code="400">The token is wrong or too old.</response>
    internal static async Task<Results<NoContent, ProblemResponse>> ConfirmEmail(
        ConfirmEmailRequest request, ConfirmEmail confirmEmail, CancellationToken ct) =>
        await confirmEmail.Handle(request, ct) ? TypedResults.NoContent() : Problems.InvalidToken.ToResult();

    /// <summary>Send the confirmation mail again</summary>
    /// <response code="202">If the address waits for its confirmation, a mail is on its way.</response>
    internal static async Task<Accepted> ResendConfirmation(
        ResendConfirmationRequest request, ResendConfirmation resendConfirmation, CancellationToken ct)
    {
        await resendConfirmation.Handle(request, ct);

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Sign in</summary>
    /// <response code="200">The tokens of a new session.</response>
    /// <response code="401">Signing in did not work. The answer is the same whatever the cause.</response>
    internal static async Task<Results<Ok<TokenResponse>, ProblemResponse>> Login(
        LoginRequest request, Login login, CancellationToken ct) =>
        await login.Handle(request, ct) is { } tokens
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
        RefreshRequest request, RefreshSession refreshSession, CancellationToken ct) =>
        await refreshSession.Handle(request, ct) is { } tokens
            ? TypedResults.Ok(tokens)
            : Problems.InvalidRefreshToken.ToResult();
}
