using System.Text.Json.Serialization;

namespace ProdReady.Api;

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
}
