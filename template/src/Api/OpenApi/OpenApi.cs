using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace ProdReady.Api.OpenApi;

internal static class OpenApi
{
    private const string BearerScheme = "bearer";

    private const string Description = """
        Sign in, and send the access token with every request: `Authorization: Bearer …`. When it has expired, request a
        new one with the refresh token.

        JSON is parsed strictly: unknown members, duplicate members and values of the wrong type are refused. Times are
        in UTC: `2026-03-14T09:26:53.589793Z`. Every error is `application/problem+json` (RFC 9457): decide by its
        `type`, and include its `traceId` when you ask for help.
        """;

    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddSettings<DocsOptions>(DocsOptions.Section);
        services.AddOpenApi("v1", options =>
        {
            options.AddSchemaTransformer(DocumentedSchemas.NameTypes);
            options.AddSchemaTransformer(DocumentedSchemas.LimitMembers);
            options.AddOperationTransformer(DescribeOperation);
            options.AddOperationTransformer(DocumentedSchemas.DescribeParameters);
            options.AddOperationTransformer(DocumentedProblems.Describe);
            options.AddDocumentTransformer(DescribeApi);
            options.AddDocumentTransformer(DocumentedSchemas.ShareExamples);
        });
    }

    /// <summary>The document, and a page to try it out: in Development, or where OpenApi:Enabled is true.</summary>
    public static void MapDocs(this WebApplication app)
    {
        var docs = app.Services.GetRequiredService<IOptions<DocsOptions>>().Value;
        if (!(docs.Enabled ?? app.Environment.IsDevelopment()))
        {
            return;
        }

        app.MapDocument("v1");
        app.MapScalarApiReference("/docs", ShowDocs).AllowAnonymous();
    }

    /// <summary>Made at the first request and kept: it costs 90 ms of CPU, and clients need no token.</summary>
    private static void MapDocument(this WebApplication app, string name)
    {
        var made = new Lazy<Task<(byte[] Json, EntityTagHeaderValue Tag)>>(() => Task.Run(Make));

        app.MapMethods($"/openapi/{name}.json", [HttpMethods.Get, HttpMethods.Head], async () =>
            {
                // Under dotnet watch a route or its comment can change.
                var (json, tag) = await (EmbeddedFile.CanChange ? Make() : made.Value);

                return TypedResults.Bytes(json, "application/json; charset=utf-8", entityTag: tag);
            })
            .AllowAnonymous().ExcludeFromDescription();

        async Task<(byte[] Json, EntityTagHeaderValue Tag)> Make()
        {
            var provider = app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>(name);
            var document = await provider.GetOpenApiDocumentAsync();
            using var json = new MemoryStream();
            await document.SerializeAsJsonAsync(json, OpenApiSpecVersion.OpenApi3_1);

            return (json.ToArray(), ETags.Of(json.ToArray()));
        }
    }

    private static Task DescribeApi(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        var app = context.ApplicationServices.GetRequiredService<IOptions<AppOptions>>().Value;
        document.Info = new OpenApiInfo
        {
            Title = app.Name,
            Version = typeof(OpenApi).Assembly.GetName().Version!.ToString(fieldCount: 3),
            Description = Description,
            // No Contact and no License: what they declare is the choice of the team that publishes the API.
        };
        // Where a front end has the public URL: the server that the document came from.
        document.Servers = [new OpenApiServer { Url = app.ServePages ? app.PublicUrl.AbsoluteUri.TrimEnd('/') : "/" }];
        document.Components!.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [BearerScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "The access token from signing in or refreshing.",
            },
        };

        return Task.CompletedTask;
    }

    private static Task DescribeOperation(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var bearer = new OpenApiSecuritySchemeReference(BearerScheme, context.Document);
        operation.Security = metadata.OfType<IAllowAnonymous>().Any()
            ? []
            : [new OpenApiSecurityRequirement { [bearer] = [] }];

        operation.Description ??= $"{operation.Summary}.";

        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Name = JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!);
        }

        if (operation.Responses!.TryGetValue("201", out var created))
        {
            created.AddHeader("Location", "The address of the new resource, if it has one of its own.", "/api/v1/…");
        }

        return Task.CompletedTask;
    }

    private static void ShowDocs(ScalarOptions docs, HttpContext http)
    {
        // The page has one inline script; the nonce allows that one and no other.
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        http.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
            + "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

        docs.WithNonce(nonce).DisableDefaultFonts().DisableTelemetry().DisableAgent().HideDeveloperTools();

        // Requests go to the origin of the page, which is the only one that connect-src allows.
        docs.AddServer("/").WithDynamicBaseServerUrl();
    }
}

internal sealed class DocsOptions
{
    public const string Section = "OpenApi";

    /// <summary>Serves /openapi/v1.json and /docs. Not set: in Development only.</summary>
    public bool? Enabled { get; init; }
}
