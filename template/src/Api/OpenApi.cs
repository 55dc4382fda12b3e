using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using ProdReady.Application;
using Scalar.AspNetCore;

namespace ProdReady.Api;

internal static class OpenApi
{
    private const string BearerScheme = "bearer";

    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddSettings<DocsOptions>(DocsOptions.Section);
        services.AddOpenApi("v1", options =>
        {
            options.AddDocumentTransformer((document, context, _) =>
            {
                var app = context.ApplicationServices.GetRequiredService<IHostEnvironment>();
                document.Info.Title = app.ApplicationName;
                document.Servers = [];
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
                {
                    [BearerScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
                };

                return Task.CompletedTask;
            });

            options.AddSchemaTransformer((schema, context, _) =>
            {
                EnumNames.Describe(schema, context.JsonTypeInfo.Type);

                return Task.CompletedTask;
            });

            options.AddOperationTransformer((operation, context, _) =>
            {
                foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
                {
                    parameter.Name = JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!);
                }

                var metadata = context.Description.ActionDescriptor.EndpointMetadata;
                if (!metadata.OfType<IAllowAnonymous>().Any())
                {
                    var bearer = new OpenApiSecuritySchemeReference(BearerScheme, context.Document);
                    operation.Security = [new OpenApiSecurityRequirement { [bearer] = [] }];
                }

                return Task.CompletedTask;
            });
        });
    }

    /// <summary>The document, and a page to try it out; in Development, or where OpenApi:Enabled says so.</summary>
    public static void MapDocs(this WebApplication app)
    {
        var docs = app.Services.GetRequiredService<IOptions<DocsOptions>>().Value;
        if (!(docs.Enabled ?? app.Environment.IsDevelopment()))
        {
            return;
        }

        app.MapOpenApi().AllowAnonymous();
        app.MapScalarApiReference("/docs", ShowDocs).AllowAnonymous();
    }

    private static void ShowDocs(ScalarOptions docs, HttpContext http)
    {
        // The page starts its one script inline. The nonce lets this one run, and no other.
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        http.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
            + "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

        docs.WithNonce(nonce).DisableDefaultFonts().DisableTelemetry().DisableAgent().HideDeveloperTools();
    }
}
