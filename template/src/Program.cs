//#if (Sample)
using ProdReady.Api.Demo;
//#endif
using ProdReady.Api.Edge;
using ProdReady.Api.Endpoints;
using ProdReady.Api.Errors;
using ProdReady.Api.OpenApi;
using ProdReady.Api.Pages;
using ProdReady.Api.RateLimiting;
using ProdReady.Api.Requests;
using ProdReady.Application;
using ProdReady.Hosting;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Email;
using ProdReady.Infrastructure.Files;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Infrastructure.Observability;
using ProdReady.Infrastructure.RateLimiting;

var builder = WebApplication.CreateBuilder(args);

builder.AddDotEnv();
builder.AddLogging();
builder.AddErrorTracking();
builder.AddTelemetry();
builder.Services.AddSingleton(TimeProvider.System);
builder.AddDatabase();
builder.Services.AddRedis();
builder.Services.AddFiles();
builder.Services.AddEmails();
builder.Services.AddAccounts();
builder.Services.AddPwnedPasswords();
builder.Services.AddTokenAuthentication();
builder.Services.AddUseCases();
builder.Services.AddPurging();
builder.Services.AddProxies();
builder.Services.AddRequestBounds();
builder.Services.AddCrossOrigin();
builder.Services.AddHosts();
builder.Services.AddRateLimiting();
builder.Services.AddStrictJson();
builder.Services.AddExceptionHandler<ApiExceptionHandler>();
builder.Services.AddOpenApiDocument();

var app = builder.Build();

if (args is ["migrate"])
{
    return await app.Migrate();
}

if (app.HasWrongSettings())
{
    return 1;
}

//#if (Sqlite)
app.PrepareEmbeddedDatabase();

//#endif
app.UseKnownProxies();
app.UseSecurityHeaders();
app.UseRequestLogging();
app.UseExceptionHandler(_ => { /* ApiExceptionHandler answers, whatever was thrown */ });
app.UseProblemBodies();
app.UseCrossOrigin();
app.UseKnownHosts();
app.UseBodyLimit();
app.UseRouting();
app.UseUnknownRoutes();
app.UseUtf8Json();
app.UseTimeLimit();
app.UseRateLimits();
app.UseAuthentication();
app.UseAuthorization();

app.MapHealth();
app.MapDocs();
app.MapPages();

var api = app.MapGroup("/api/v1").RequireApiLimit().WithStrictQuery().WithValidation().WithCommonProblems();
api.MapAuth();
api.MapAccount();
//#if (Sample)
api.MapTickets();
app.MapDemo();
//#endif

return await app.Serve();
