using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProdReady.Api.Files;
using ProdReady.Api.Idempotency;
using ProdReady.Api.Requests;
using ProdReady.Application;
using ProdReady.Application.Files;
using ProdReady.Infrastructure.Database;
using ProdReady.Infrastructure.Files;
using ProdReady.Tests.Support.Files;

[assembly: HostingStartup(typeof(SampleFilesOfProcess))]

namespace ProdReady.Tests.Support.Files;

/// <summary>Routes that keep, list, hand out, remove and clean up a <see cref="SampleFile"/>.</summary>
internal static class SampleFileRoutes
{
    public const string Path = "/probe/files";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, Make).AcceptsFile().AcceptsIdempotencyKey();
        routes.MapGet(Path, List);
        routes.MapGet($"{Path}/{{id:guid}}", Open).ProducesFile();
        routes.MapDelete($"{Path}/{{id:guid}}", Remove);
        routes.MapPost($"{Path}/cleanup", CleanUp);
    }

    public static void AddModel(IServiceCollection services) => services.ConfigureDbContext<AppDbContext>(
        database => database.ReplaceService<IModelCustomizer, SampleFileModel>());

    public static Task<HttpResponseMessage> Keep(this HttpClient client, byte[] content, string? key = null) =>
        client.Upload(Path, content, key: key);

    public static string PathOf(JsonElement file) => $"{Path}/{file.Text("id")}";

    public static IEnumerable<string> Kept(this App app) => app.Contents(SampleFile.Table);

    private static async Task<Created<SampleFile>> Make(
        FileUpload upload, UserFiles files, CurrentUser user, TimeProvider clock, CancellationToken ct)
    {
        var file = SampleFile.From(upload.File, user.Id, clock.GetUtcNow());
        await files.Keep(file, upload.File, rule: null, ct);

        return TypedResults.Created($"{Path}/{file.Id}", file);
    }

    private static Task<List<SampleFile>> List(IAppDbContext db, CurrentUser user, CancellationToken ct) =>
        Of(user, db).ToListAsync(ct);

    private static async Task<Results<FileDownload, NotFound>> Open(
        Guid id, IAppDbContext db, UserFiles files, CurrentUser user, CancellationToken ct) =>
        await Of(user, db).SingleOrDefaultAsync(file => file.Id == id, ct) is { } file
            ? new FileDownload(file, await files.Open(file, ct))
            : TypedResults.NotFound();

    private static async Task<Results<NoContent, NotFound>> Remove(
        Guid id, IAppDbContext db, CurrentUser user, CancellationToken ct)
    {
        if (await Of(user, db).SingleOrDefaultAsync(file => file.Id == id, ct) is not { } file)
        {
            return TypedResults.NotFound();
        }

        db.Set<SampleFile>().Remove(file);
        await db.TrySaveChangesAsync(ct);

        return TypedResults.NoContent();
    }

    // While uploads run: only contents that have had a row are as old as the job needs them.
    private static async Task CleanUp(
        IAppDbContext db, OrphanedFiles files, IOptions<UploadsOptions> options, CancellationToken ct)
    {
        var folder = System.IO.Path.Combine(options.Value.Directory, SampleFile.Table);
        foreach (var id in await db.Set<StoredContent>().Select(content => $"{content.Id:N}").ToListAsync(ct))
        {
            try
            {
                File.SetLastWriteTimeUtc(System.IO.Path.Combine(folder, id[^2..], id), DateTime.UtcNow.AddHours(-2));
            }
            catch (IOException)
            {
                // Removed meanwhile.
            }
        }

        await files.Remove(ct);
    }

    private static IQueryable<SampleFile> Of(CurrentUser user, IAppDbContext db) =>
        db.Set<SampleFile>().Where(file => file.OwnerId == user.Id);
}

/// <summary>The app with these routes, and with their table.</summary>
internal sealed class AppWithSampleFiles : App
{
    public AppWithSampleFiles()
    {
        Routes = SampleFileRoutes.Map;
        Replace = SampleFileRoutes.AddModel;
    }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (TestPostgres.IsAvailable)
        {
            await Query(db => db.Database.ExecuteSqlRawAsync(SampleFile.PostgresTable));
        }
    }
}

/// <summary>Adds the table to the model of a process (<see cref="AppProcess"/>) that gets routes of a test.</summary>
internal sealed class SampleFilesOfProcess : IHostingStartup
{
    public void Configure(IWebHostBuilder builder) => builder.ConfigureServices(SampleFileRoutes.AddModel);
}
