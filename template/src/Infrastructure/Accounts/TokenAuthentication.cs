using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using ProdReady.Application;
using ProdReady.Application.Accounts;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Infrastructure.Accounts;

internal static class TokenAuthentication
{
    /// <summary>RFC 9068: says in the header what kind of token it is, so that no other kind passes for one.</summary>
    public const string AccessTokenType = "at+jwt";

    public static void AddTokenAuthentication(this IServiceCollection services)
    {
        services.AddSettings<JwtOptions>(JwtOptions.Section);
        services.AddSettings<SessionsOptions>(SessionsOptions.Section);
        services.AddSingleton<ITokens, Tokens>();
        services.AddSingleton<ILiveSessions, LiveSessions>();

        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<JwtOptions>, TimeProvider>(Configure);

        // Every endpoint needs a signed-in user, unless it says AllowAnonymous: who forgets a policy locks a door.
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
    }

    private static void Configure(JwtBearerOptions bearer, IOptions<JwtOptions> jwt, TimeProvider clock)
    {
        // "sub" stays "sub"; by default it would arrive under a long name from the days of SOAP.
        bearer.MapInboundClaims = false;
        bearer.Events = new JwtBearerEvents { OnTokenValidated = RequireLiveSession, OnForbidden = Report };
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = jwt.Value.Issuer,
            // Exactly this one. By default a slash at the end, or another one beside it, would do no harm.
            AudienceValidator = (audiences, _, _) => audiences.SequenceEqual([jwt.Value.Audience]),
            IssuerSigningKeys = jwt.Value.SecurityKeys(),
            // One key, one algorithm, one type. All three default to "whatever fits".
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidTypes = [AccessTokenType],
            TryAllIssuerSigningKeys = false,
            RoleClaimType = "role",
            NameClaimType = "sub",
            // The default, five minutes, would double the life of our tokens.
            ClockSkew = TimeSpan.FromSeconds(5),
            LifetimeValidator = (notBefore, expires, _, parameters) =>
                expires is not null
                && clock.GetUtcNow() < expires.Value + parameters.ClockSkew
                && (notBefore is null || clock.GetUtcNow() > notBefore.Value - parameters.ClockSkew),
        };
    }

    // A signature says that we made the token, and not that its session still is. The two ids must belong together.
    private static async Task RequireLiveSession(TokenValidatedContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<ILiveSessions>();
        // RFC 7515, section 4.1.11: who does not understand what is critical must refuse it. We send nothing such.
        var isPlain = !((JsonWebToken)context.SecurityToken).TryGetHeaderValue<object>("crit", out _);
        var isAlive = isPlain
            && Guid.TryParse(context.Principal!.FindFirstValue(JwtRegisteredClaimNames.Sub), out var userId)
            && Guid.TryParse(context.Principal!.FindFirstValue(JwtRegisteredClaimNames.Sid), out var sessionId)
            && await sessions.IsAlive(userId, sessionId, context.HttpContext.RequestAborted);
        if (!isAlive)
        {
            context.Fail("The session is over.");
        }
    }

    private static Task Report(ForbiddenContext context)
    {
        var userId = Guid.Parse(context.HttpContext.User.FindFirstValue(JwtRegisteredClaimNames.Sub)!);
        context.HttpContext.RequestServices.GetRequiredService<SecurityEvents>().Forbidden(userId);

        return Task.CompletedTask;
    }
}
