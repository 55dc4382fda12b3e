using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Files;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>A content outlives its row by Uploads:KeepDeleted, so that each row in a backup has its content.</summary>
public sealed class DeletedFileTests
{
    private const int Size = 10_000;

    private static readonly TimeSpan Marked = TimeSpan.FromHours(2);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("by its owner")]
    [InlineData("with the account")]
    [InlineData("by a cascade")]
    public async Task A_content_is_removed_a_week_after_the_job_found_it_without_its_row(string deleted)
    {
        await using var app = await new AppWithSampleFiles().Started();
        using var client = await app.SignedInClient();
        var file = await (await client.Keep(Pictures.Png(Size))).Json();
        await app.RemoveOrphans();

        switch (deleted)
        {
            case "by its owner":
                await client.Send(HttpMethod.Delete, SampleFileRoutes.PathOf(file));
                break;
            case "with the account":
                await client.Post("/api/v1/account/delete", new { password = Scenarios.Password });
                await app.RemoveDeletedAccounts();
                break;
            default:
                await app.Query(db => db.Users.ExecuteDeleteAsync(Scenarios.Ct));
                break;
        }

        Assert.Equal(0, await app.Query(db => db.Set<SampleFile>().CountAsync(Scenarios.Ct)));
        Assert.Equal(0, await app.RemoveOrphans(Marked));
        Assert.Equal(0, await app.RemoveOrphans(Marked + Week - Minute));
        Assert.Single(app.Kept());
        Assert.Equal(1, await app.RemoveOrphans(Marked + Week + Minute));
        Assert.Empty(app.Kept());
        Assert.Equal(0, await Contents(app));
    }

    [Fact]
    public async Task A_row_that_is_there_again_keeps_its_content_and_a_later_deletion_counts_from_the_beginning()
    {
        await using var app = await new AppWithSampleFiles().Started();
        using var client = await app.SignedInClient();
        var file = await (await client.Keep(Pictures.Png(Size))).Json();
        var row = await app.Query(db => db.Set<SampleFile>().AsNoTracking().SingleAsync(Scenarios.Ct));
        await Delete(client, file);
        await app.RemoveOrphans(Marked);
        await app.Query(db => Insert(db, row));

        Assert.Equal(0, await app.RemoveOrphans(Marked + Week + Minute));

        var download = await client.Get(SampleFileRoutes.PathOf(file));
        Assert.Equal(Pictures.Png(Size), await download.Content.ReadAsByteArrayAsync(Scenarios.Ct));
        await Delete(client, file);
        Assert.Equal(0, await app.RemoveOrphans(Marked + Week + Minute));
        Assert.Equal(0, await app.RemoveOrphans(Marked + (2 * Week)));
        Assert.Equal(1, await app.RemoveOrphans(Marked + (2 * Week) + (2 * Minute)));
    }

    [Fact]
    public async Task An_app_with_the_wrong_database_removes_nothing_for_a_week()
    {
        await using var app = await new AppWithSampleFiles().Started();
        using var client = await app.SignedInClient();
        var file = await (await client.Keep(Pictures.Png(Size))).Json();
        var row = await app.Query(db => db.Set<SampleFile>().AsNoTracking().SingleAsync(Scenarios.Ct));
        await app.Query(db => db.Set<SampleFile>().ExecuteDeleteAsync(Scenarios.Ct));
        await app.Query(db => db.Set<StoredContent>().ExecuteDeleteAsync(Scenarios.Ct));

        Assert.Equal(0, await app.RemoveOrphans(Marked));
        Assert.Equal(0, await app.RemoveOrphans(Marked + Week - Minute));
        await app.Query(db => Insert(db, row));
        Assert.Equal(0, await app.RemoveOrphans(Marked + Week + Minute));

        var download = await client.Get(SampleFileRoutes.PathOf(file));
        Assert.Equal(Pictures.Png(Size), await download.Content.ReadAsByteArrayAsync(Scenarios.Ct));
    }

    [Fact]
    public async Task Without_a_time_to_keep_it_a_content_goes_at_the_next_run()
    {
        await using var app = await new AppWithSampleFiles { ["Uploads:KeepDeleted"] = "00:00:00" }.Started();
        using var client = await app.SignedInClient();
        await Delete(client, await (await client.Keep(Pictures.Png(Size))).Json());

        Assert.Single(app.Kept());
        Assert.Equal(1, await app.RemoveOrphans());
        Assert.Empty(app.Kept());
    }

    [Fact]
    public async Task What_is_not_in_the_store_stops_to_count_too()
    {
        await using var app = await new AppWithSampleFiles().Started();
        using var client = await app.SignedInClient();
        await Delete(client, await (await client.Keep(Pictures.Png(Size))).Json());
        await app.RemoveOrphans();
        File.Delete(app.Kept().Single());
        var purge = app.Services.GetRequiredService<Purge>();

        await MarkedAgo(TimeSpan.FromDays(7.9));
        await purge.Run(Scenarios.Ct);
        Assert.Equal(1, await Contents(app));
        await MarkedAgo(TimeSpan.FromDays(8.1));
        await purge.Run(Scenarios.Ct);
        Assert.Equal(0, await Contents(app));

        Task MarkedAgo(TimeSpan time) => app.Query(db => db.Set<StoredContent>().ExecuteUpdateAsync(
            set => set.SetProperty(content => content.DeletedAt, DateTimeOffset.UtcNow - time), Scenarios.Ct));
    }

    private static Task<HttpResponseMessage> Delete(HttpClient client, JsonElement file) =>
        client.Send(HttpMethod.Delete, SampleFileRoutes.PathOf(file));

    private static Task<int> Insert(DbContext db, SampleFile row)
    {
        db.Add(row);

        return db.SaveChangesAsync(Scenarios.Ct);
    }

    private static Task<int> Contents(App app) =>
        app.Query(db => db.Set<StoredContent>().CountAsync(Scenarios.Ct));
}
