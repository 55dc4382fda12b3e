using Microsoft.AspNetCore.WebUtilities;

namespace ProdReady.Api.Errors;

/// <summary>Every problem that the API answers with.</summary>
internal static class Problems
{
    public static readonly ProblemType ValidationFailed = Type("validation-failed", 400,
        "The request is not valid.",
        "Mend the members that errors names, and send the request again.");

    public static readonly ProblemType MalformedRequest = Type("malformed-request", 400,
        "The request cannot be read.",
        "Send well-formed JSON that has only the documented members, each one once, and well-formed headers.");

    public static readonly ProblemType InvalidToken = Type("invalid-token", 400,
        "The token is not valid.",
        "The link may have expired or been used already. Ask for a new mail, and follow the link in that.");

    public static readonly ProblemType Unauthorized = Type("unauthorized", 401,
        "You are not signed in.",
        "Send a valid access token in the Authorization header; refresh it, or sign in, when it has expired.");

    public static readonly ProblemType InvalidCredentials = Type("invalid-credentials", 401,
        "Signing in did not work.",
        "Check the address and the password. If you never confirmed the address, ask for the confirmation mail again.");

    public static readonly ProblemType InvalidRefreshToken = Type("invalid-refresh-token", 401,
        "The session is over.",
        "The refresh token is not, or no longer, valid. Sign in again.");

    public static readonly ProblemType Forbidden = Type("forbidden", 403,
        "You may not do this.",
        "Your account lacks the role that this call needs.");

    public static readonly ProblemType NotFound = Type("not-found", 404,
        "There is no such thing.",
        "Check the address. It may have been deleted, or belong to somebody else.");

    public static readonly ProblemType MethodNotAllowed = Type("method-not-allowed", 405,
        "This address does not take this method.",
        "The Allow header lists the methods that it takes.");

    public static readonly ProblemType RequestTimeout = Type("timeout", 408,
        "It took too long.",
        "The request did not arrive in time. Send it again, over a faster connection if you can.");

    public static readonly ProblemType Conflict = Type("conflict", 409,
        "The request conflicts with the current state.",
        "Somebody changed it at the same moment. Fetch it again and repeat what you wanted.");

    public static readonly ProblemType RequestInProgress = Type("request-in-progress", 409,
        "The same request is still running.",
        "Wait for as many seconds as Retry-After says, and send it again with the same Idempotency-Key.");

    public static readonly ProblemType PreconditionFailed = Type("precondition-failed", 412,
        "It was changed meanwhile.",
        "Your If-Match names a version that is gone. Fetch the current one, and apply your change to that.");

    public static readonly ProblemType PayloadTooLarge = Type("payload-too-large", 413,
        "The request is too large.",
        "Send less at once.");

    public static readonly ProblemType UnsupportedMediaType = Type("unsupported-media-type", 415,
        "This kind of content is not supported.",
        "Send JSON with Content-Type: application/json, and a file as multipart/form-data.");

    public static readonly ProblemType RangeNotSatisfiable = Type("range-not-satisfiable", 416,
        "There is no such part of the file.",
        "Content-Range says how long the file is. Ask for a part of that.");

    public static readonly ProblemType IdempotencyKeyReused = Type("idempotency-key-reused", 422,
        "The key was used for another request.",
        "Send a new Idempotency-Key with each new request, and the same one only with the same request.");

    public static readonly ProblemType PreconditionRequired = Type("precondition-required", 428,
        "The request must say which version it changes.",
        "Send the ETag of the version that you have seen in the If-Match header.");

    // The name that RFC drafts on rate limits have registered for everybody.
    public static readonly ProblemType QuotaExceeded = new(429,
        "https://iana.org/assignments/http-problem-types#quota-exceeded",
        "Too many requests.",
        "Wait for as many seconds as Retry-After says, and try again.");

    public static readonly ProblemType InternalError = Type("internal-error", 500,
        "Something went wrong on our side.",
        "Try again later. If it stays, tell us the trace id.");

    public static readonly ProblemType ServiceUnavailable = Type("service-unavailable", 503,
        "It does not work at the moment.",
        "Wait for as many seconds as Retry-After says, and try again.");

    public static readonly ProblemType StorageFull = Type("storage-full", 507,
        "There is no room left.",
        "Delete files that you need no more.");

    public static readonly ProblemType GatewayTimeout = Type("timeout", 504,
        "It took too long.",
        "It was given up, but may be done all the same. Look before you repeat it, or repeat its Idempotency-Key.");

    private static readonly Dictionary<int, ProblemType> ByStatus = new()
    {
        [400] = MalformedRequest,
        [401] = Unauthorized,
        [403] = Forbidden,
        [404] = NotFound,
        [405] = MethodNotAllowed,
        [408] = RequestTimeout,
        [409] = Conflict,
        [412] = PreconditionFailed,
        [413] = PayloadTooLarge,
        [415] = UnsupportedMediaType,
        [416] = RangeNotSatisfiable,
        [428] = PreconditionRequired,
        [429] = QuotaExceeded,
        [500] = InternalError,
        [503] = ServiceUnavailable,
        [504] = GatewayTimeout,
        [507] = StorageFull,
    };

    /// <summary>The problem for a bare status code, as the framework and TypedResults.NotFound() set it.</summary>
    public static ProblemType Of(int status) => ByStatus.GetValueOrDefault(status) ?? Blank(status);

    /// <summary>Gives a body to every error that has none.</summary>
    public static void UseProblemBodies(this WebApplication app) =>
        app.UseStatusCodePages(async pages =>
            await Of(pages.HttpContext.Response.StatusCode).ToResult().ExecuteAsync(pages.HttpContext));

    // What RFC 9457 has for a problem of which there is nothing to say but its status. Nor is 422 of ours: a bare one
    // hardly comes from an Idempotency-Key.
    private static ProblemType Blank(int status) =>
        new(status, "about:blank", ReasonPhrases.GetReasonPhrase(status), "The status says all that is known.");

    private static ProblemType Type(string slug, int status, string title, string detail) =>
        new(status, $"urn:problem-type:{slug}", title, detail);
}
