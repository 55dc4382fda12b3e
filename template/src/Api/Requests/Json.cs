using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Metadata;

namespace ProdReady.Api.Requests;

internal static class Json
{
    // The requests of the API have a depth of two; deeper nesting only keeps the parser busy.
    private const int MaxDepth = 32;

    /// <summary>
    /// JSON is accepted in exactly one form. If a proxy and the app parsed a body differently, an attacker could get a
    /// request past the proxy that it should refuse.
    /// </summary>
    public static void AddStrictJson(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options =>
        {
            var json = options.SerializerOptions;
            json.MaxDepth = MaxDepth;
            json.AllowDuplicateProperties = false;
            json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.PropertyNameCaseInsensitive = false;
            json.NumberHandling = JsonNumberHandling.Strict;
            json.Converters.Add(new EnumNames());
        });

        // Otherwise a binding failure is an empty 400 in Production and an exception in Development.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    /// <summary>
    /// Answers 415 to JSON in any other charset (RFC 8259). The framework would convert it, and would throw if the
    /// charset is unknown or quoted.
    /// </summary>
    public static void UseUtf8Json(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (AcceptsBody(context) && context.Request.HasJsonContentType() && !IsUtf8(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;

            return;
        }

        await next(context);
    });

    private static bool AcceptsBody(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is not null;

    private static bool IsUtf8(HttpRequest request) =>
        request.GetTypedHeaders().ContentType?.Charset is not { HasValue: true } charset
        || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}
