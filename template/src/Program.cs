using ProdReady.Api.Edge;
using ProdReady.Api.Endpoints;
using ProdReady.Api.Pages;
using ProdReady.Api.RateLimiting;
using ProdReady.Doctor;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Infrastructure.DataProtection;
using ProdReady.Infrastructure.Email;
using ProdReady.Infrastructure.Files;
using ProdReady.Infrastructure.Idempotency;
using ProdReady.Infrastructure.Observability;
using ProdReady.Infrastructure.RateLimiting;

Serving.UseInvariantCulture();
if (await args.RunWithoutApp() is { } ended)
{
    return ended;
}

using var early = Serving.ExitOnSignal(args);
var builder = WebApplication.CreateBuilder(args.WithHostDefaults());
builder.AddDotEnv();
builder.AddSettingFiles();
builder.AddObservability();
builder.AddDatabase();
builder.Services.AddDataProtectionKeys();
builder.Services.AddRateCounters();
builder.Services.AddIdempotency();
builder.Services.AddFiles();
builder.Services.AddEmails();
builder.Services.AddAccounts();
builder.Services.AddUseCases();
builder.Services.AddPurging();
builder.Services.AddSettings<DoctorOptions>(DoctorOptions.Section);
builder.Services.AddSettings<ShutdownOptions>(ShutdownOptions.Section);
builder.AddForwardedHeaders();
builder.AddRequestLimits();
builder.AddCors();
builder.AddHostFiltering();
builder.Services.AddRateLimiting();
builder.Services.AddStrictJson();
builder.Services.AddExceptionHandler<ApiExceptionHandler>();
builder.Services.AddOpenApiDocument();

var app = builder.Build();
if (await app.RunCommand(args) is { } exitCode)
{
    return exitCode;
}

app.UseMetricsPort();
app.UseForwardedHeaders();
app.UseSecurityHeaders();
app.UseBodyDrain();
app.UseRequestLogging();
app.UseExceptionHandler(_ => { /* ApiExceptionHandler handles every exception */ });
app.UseProblemBodies();
app.UseCors();
app.UseHostFiltering();
app.UseBodySizeLimit();
app.UseRouting();
app.UseUnknownRoutes();
app.UseUtf8Json();
app.UseRequestTimeouts();
app.UseRateLimiting();
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
//#endif

return await app.RunDoctor(args) ?? await app.Serve(early);
