using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ProdReady.Application.Account;

namespace ProdReady.Api;

internal static class AccountEndpoints
{
    public static void MapAccount(this RouteGroupBuilder api)
    {
        var account = api.MapGroup("/account").WithChapter("Account", "What belongs to you alone.").WithoutCaching();

        account.MapGet("/", Get);
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
}
