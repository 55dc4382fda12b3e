using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Metadata;

namespace ProdReady.Api.Requests;

internal static class Json
{
    // No request of ours goes deeper than two. What goes deeper than that is made to keep the parser busy.
    private const int MaxDepth = 32;

    /// <summary>
    /// What a client sends is taken literally or refused. A lenient parser and a strict one behind it disagree sooner
    /// or later about what a request says, and that is a hole.
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

        // Else what cannot be bound is an empty 400 in Production and something else in Development.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    /// <summary>
    /// JSON is UTF-8 (RFC 8259). The framework would convert other encodings, and fails at a name that it does not know
    /// or that stands in quotes.
    /// </summary>
    public static void UseUtf8Json(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (TakesBody(context) && context.Request.HasJsonContentType() && !IsUtf8(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;

            return;
        }

        await next(context);
    });

    private static bool TakesBody(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is not null;

    private static bool IsUtf8(HttpRequest request) =>
        request.GetTypedHeaders().ContentType?.Charset is not { HasValue: true } charset
        || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}
