using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Infrastructure.Accounts;

internal static class TokenAuthentication
{
    /// <summary>RFC 9068: the "typ" of access tokens. A JWT of another type, such as an ID token, is refused.</summary>
    public const string AccessTokenType = "at+jwt";

    public static void AddTokenAuthentication(this IServiceCollection services)
    {
        services.AddSettings<JwtOptions>(JwtOptions.Section);
        services.AddSettings<SessionsOptions>(SessionsOptions.Section);
        services.AddSingleton<ITokens, Tokens>();
        services.AddSingleton<IActiveSessions, ActiveSessions>();

        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<JwtOptions>, TimeProvider>(Configure);

        // Every endpoint requires a signed-in user unless it has AllowAnonymous: a forgotten policy fails closed.
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
    }

    private static void Configure(JwtBearerOptions bearer, IOptions<JwtOptions> jwt, TimeProvider clock)
    {
        // By default "sub" would be renamed to a long SOAP-era claim type.
        bearer.MapInboundClaims = false;
        bearer.Events = new JwtBearerEvents { OnTokenValidated = RequireActiveSession, OnForbidden = Report };
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = jwt.Value.Issuer,
            // Exactly this audience. The default accepts a trailing slash, and further audiences.
            AudienceValidator = (audiences, _, _) => audiences.SequenceEqual([jwt.Value.Audience]),
            IssuerSigningKeys = jwt.Value.SecurityKeys(),
            // One algorithm, one type, and only the key that "kid" names. By default any that fit are accepted.
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidTypes = [AccessTokenType],
            TryAllIssuerSigningKeys = false,
            RoleClaimType = "role",
            NameClaimType = "sub",
            // The default of five minutes would double the lifetime of an access token.
            ClockSkew = TimeSpan.FromSeconds(5),
            LifetimeValidator = (notBefore, expires, _, parameters) =>
                expires is not null
                && clock.GetUtcNow() < expires.Value + parameters.ClockSkew
                && (notBefore is null || clock.GetUtcNow() > notBefore.Value - parameters.ClockSkew),
        };
    }

    // The signature proves that the app issued the token; the database knows whether its session was ended since.
    private static async Task RequireActiveSession(TokenValidatedContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<IActiveSessions>();
        // RFC 7515, section 4.1.11: refuse a critical header that is not understood. The app issues none.
        var isPlain = !((JsonWebToken)context.SecurityToken).TryGetHeaderValue<object>("crit", out _);
        var isActive = isPlain
            && Guid.TryParse(context.Principal!.FindFirstValue(JwtRegisteredClaimNames.Sub), out var userId)
            && Guid.TryParse(context.Principal!.FindFirstValue(JwtRegisteredClaimNames.Sid), out var sessionId)
            && await sessions.IsActive(userId, sessionId, context.HttpContext.RequestAborted);
        if (!isActive)
        {
            context.Fail("The session has ended.");
        }
    }

    private static Task Report(ForbiddenContext context)
    {
        var userId = Guid.Parse(context.HttpContext.User.FindFirstValue(JwtRegisteredClaimNames.Sub)!);
        context.HttpContext.RequestServices.GetRequiredService<SecurityEvents>().Forbidden(userId);

        return Task.CompletedTask;
    }
}
