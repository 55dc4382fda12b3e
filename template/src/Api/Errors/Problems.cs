using Microsoft.AspNetCore.WebUtilities;

namespace ProdReady.Api.Errors;

/// <summary>Every problem that the API answers with.</summary>
internal static class Problems
{
    public static readonly ProblemType ValidationFailed = Type("validation-failed", 400,
        "The request is not valid.",
        "Correct the members that errors names, and send the request again.");

    public static readonly ProblemType MalformedRequest = Type("malformed-request", 400,
        "The request is malformed.",
        "Send well-formed JSON with only the documented members, each of them once, and well-formed headers.");

    public static readonly ProblemType InvalidToken = Type("invalid-token", 400,
        "The token is not valid.",
        "The link may have expired or been used already. Request a new mail, and follow the link in it.");

    public static readonly ProblemType Unauthorized = Type("unauthorized", 401,
        "Authentication is required.",
        "Send a valid access token in the Authorization header. If it has expired, refresh it or sign in again.");

    public static readonly ProblemType InvalidCredentials = Type("invalid-credentials", 401,
        "Sign-in failed.",
        "Check the address and the password. If you never confirmed the address, request the confirmation mail again.");

    public static readonly ProblemType InvalidRefreshToken = Type("invalid-refresh-token", 401,
        "The session has ended.",
        "The refresh token is not valid, or no longer valid. Sign in again.");

    public static readonly ProblemType Forbidden = Type("forbidden", 403,
        "Access denied.",
        "Your account does not have the role that this operation requires.");

    public static readonly ProblemType NotFound = Type("not-found", 404,
        "Resource not found.",
        "Check the address. The resource may have been deleted, or belong to another user.");

    public static readonly ProblemType MethodNotAllowed = Type("method-not-allowed", 405,
        "Method not allowed.",
        "The Allow header lists the methods of this address.");

    public static readonly ProblemType RequestTimeout = Type("request-timeout", 408,
        "The request was received too slowly.",
        "Nothing was done. Send the request again, if possible over a faster connection.");

    public static readonly ProblemType Conflict = Type("conflict", 409,
        "The request conflicts with the current state.",
        "Another request changed the resource at the same time. Fetch it again, and repeat your change.");

    public static readonly ProblemType RequestInProgress = Type("request-in-progress", 409,
        "A request with this Idempotency-Key is still in progress.",
        "Wait for the seconds in Retry-After, and send the request again with the same Idempotency-Key.");

    public static readonly ProblemType PreconditionFailed = Type("precondition-failed", 412,
        "The resource has changed.",
        "If-Match does not name the current version. Fetch that, and apply your change to it.");

    public static readonly ProblemType PayloadTooLarge = Type("payload-too-large", 413,
        "The request is too large.",
        "Send a smaller body.");

    public static readonly ProblemType UnsupportedMediaType = Type("unsupported-media-type", 415,
        "Unsupported media type.",
        "Send JSON with Content-Type: application/json, and a file as multipart/form-data.");

    public static readonly ProblemType RangeNotSatisfiable = Type("range-not-satisfiable", 416,
        "The requested range is outside the file.",
        "Content-Range gives the size of the file. Request a range within it.");

    public static readonly ProblemType IdempotencyKeyReused = Type("idempotency-key-reused", 422,
        "The Idempotency-Key was used for a different request.",
        "Send a new Idempotency-Key with each new request, and the same key only to repeat a request.");

    public static readonly ProblemType PreconditionRequired = Type("precondition-required", 428,
        "If-Match is required.",
        "Send the ETag of the version that you have read in the If-Match header.");

    // Registered with IANA by the IETF draft on RateLimit headers.
    public static readonly ProblemType QuotaExceeded = new(429,
        "https://iana.org/assignments/http-problem-types#quota-exceeded",
        "Too many requests.",
        "Wait for the seconds in Retry-After, and send the request again.");

    public static readonly ProblemType InternalError = Type("internal-error", 500,
        "Internal server error.",
        "Try again later. If the error persists, report the trace id.");

    public static readonly ProblemType ServiceUnavailable = Type("service-unavailable", 503,
        "Service temporarily unavailable.",
        "Wait for the seconds in Retry-After, and send the request again.");

    public static readonly ProblemType Timeout = Type("timeout", 504,
        "The request timed out.",
        "Its changes may have been saved all the same. Check before you repeat it, or repeat its Idempotency-Key.");

    public static readonly ProblemType StorageFull = Type("storage-full", 507,
        "Storage is full.",
        "Delete files that you no longer need.");

    private static readonly Dictionary<int, ProblemType> ByStatus = new[]
    {
        MalformedRequest, Unauthorized, Forbidden, NotFound, MethodNotAllowed, RequestTimeout, Conflict,
        PreconditionFailed, PayloadTooLarge, UnsupportedMediaType, RangeNotSatisfiable, PreconditionRequired,
        QuotaExceeded, InternalError, ServiceUnavailable, Timeout, StorageFull,
    }.ToDictionary(type => type.Status);

    /// <summary>The problem for a bare status code, as the framework and TypedResults.NotFound() set it.</summary>
    public static ProblemType ForStatus(int status) => ByStatus.GetValueOrDefault(status) ?? Blank(status);

    /// <summary>Gives every error response without a body the problem of its status.</summary>
    public static void UseProblemBodies(this WebApplication app) =>
        app.UseStatusCodePages(async pages =>
            await ForStatus(pages.HttpContext.Response.StatusCode).ToResult().ExecuteAsync(pages.HttpContext));

    /// <summary>Answers 404, 405 or 415 where no endpoint matches; authorization would answer 401.</summary>
    public static void UseUnknownRoutes(this WebApplication app) =>
        app.Use((context, next) => context.GetEndpoint() switch
        {
            RouteEndpoint => next(context),
            // The endpoint that routing selects where the path matches and the method or content type does not.
            { RequestDelegate: { } refuse } => refuse(context),
            _ => NotFound.ToResult().ExecuteAsync(context),
        });

    // RFC 9457, section 4.2.1. It also serves for a bare 422, which is unlikely to come from an Idempotency-Key.
    private static ProblemType Blank(int status) =>
        new(status, "about:blank", ReasonPhrases.GetReasonPhrase(status), "The status code has no further details.");

    private static ProblemType Type(string slug, int status, string title, string detail) =>
        new(status, $"urn:problem-type:{slug}", title, detail);
}
