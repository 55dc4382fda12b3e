using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace ProdReady.Api.Requests;

internal static class Json
{
    // The requests of the API have a depth of two; deeper nesting only keeps the parser busy.
    private const int MaxDepth = 32;

    /// <summary>JSON has exactly one form: what a proxy parses differently could carry an attack past it.</summary>
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
            json.Converters.Add(new UtcTime());
        });

        // The framework would take a UUID in braces and between spaces as well.
        services.Configure<RouteOptions>(options => options.SetParameterPolicy<Uuid>("guid"));

        // Otherwise a binding failure is an empty 400 in Production and an exception in Development.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    /// <summary>Answers 415 to JSON in another charset (RFC 8259). The framework would convert it, or throw.</summary>
    public static void UseUtf8Json(this WebApplication app) => app.Use((context, next) =>
    {
        var request = context.Request;
        var type = request.HasJsonContentType() ? request.GetTypedHeaders().ContentType : null;
        if (type is not { Charset.HasValue: true })
        {
            return next(context);
        }

        if (HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            // The framework takes quotes for a part of the name, and throws.
            type.Charset = "utf-8";
            request.ContentType = type.ToString();

            return next(context);
        }

        return context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is null
            ? next(context)
            : Problems.UnsupportedMediaType.ToResult().ExecuteAsync(context);
    });
}

/// <summary>A UUID of 36 characters.</summary>
internal sealed class Uuid : IRouteConstraint
{
    public bool Match(HttpContext? http, IRouter? route, string key, RouteValueDictionary values, RouteDirection to) =>
        values[key]?.ToString() is { } text && Guid.TryParse(text, out var id)
        && text.Equals($"{id}", StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// Enums are their names in camel case, and nothing else. JsonStringEnumConverter would also accept "HIGH", and
/// "low,high", which it combines to a value that the client did not send.
/// </summary>
internal sealed class EnumNames : JsonConverterFactory
{
    public override bool CanConvert(Type type) => type.IsEnum;

    public override JsonConverter CreateConverter(Type type, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(type))!;

    public static string Of(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    private sealed class Converter<T> : JsonConverter<T>
        where T : struct, Enum
    {
        private static readonly Dictionary<string, T> Values =
            Enum.GetValues<T>().ToDictionary(value => Of(value.ToString()));

        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Values.TryGetValue(reader.GetString()!, out var value)
                ? value
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Of(value.ToString()));
    }
}
