using ProdReady.Api;
using ProdReady.Application;
using ProdReady.Infrastructure;
using ProdReady.Infrastructure.Auth;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Email;

var builder = WebApplication.CreateBuilder(args);

builder.AddDotEnv();
builder.AddLogging();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

builder.Services.AddSingleton(TimeProvider.System);
builder.AddDatabase();
builder.AddEmails();
builder.Services.AddAccounts();
builder.Services.AddTokenAuthentication();
builder.Services.AddUseCases();
builder.Services.AddStrictJson();
builder.Services.AddExceptionHandler<ApiExceptionHandler>();
builder.Services.AddOpenApiDocument();

var app = builder.Build();

if (args is ["migrate"])
{
    return await app.Migrate();
}

//#if (Sqlite)
await app.PrepareEmbeddedDatabase();

//#endif
app.UseSecurityHeaders();
app.UseRequestLogging();
app.UseExceptionHandler(_ => { /* ApiExceptionHandler answers, whatever was thrown */ });
app.UseProblemBodies();
app.UseRouting();
app.UseUnknownRoutes();
app.UseAuthentication();
app.UseAuthorization();

app.MapHealth();
app.MapDocs();

var api = app.MapGroup("/api/v1").WithValidation().WithCommonProblems();
api.MapAuth();
api.MapAccount();
//#if (Sample)
api.MapTickets();
//#endif

app.AnnounceDocs();
await app.RunAsync();

return 0;
