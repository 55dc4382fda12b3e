using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Domain;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Features.Tickets;

/// <summary>Attachments and their contents stay together under concurrent requests.</summary>
public sealed class AttachmentRaceTests
{
    [Fact]
    public async Task Concurrent_uploads_with_one_key_attach_one_file()
    {
        await using var app = await new App().Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(other);
        var ticket = await session.Client.OpenTicket();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? session.Client : there).Attach(ticket, Pictures.Photo, key: "k")));

        Assert.All(answers, answer => Assert.True(
                answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Single(app.Contents("attachments"));
        Assert.Equal(1, await app.Query(db => db.Attachments.CountAsync(Scenarios.Ct)));
    }

    [Fact]
    public async Task Attachments_count_for_the_quota_and_a_removed_one_makes_room()
    {
        await using var app = await new App { ["Uploads:QuotaBytes"] = $"{Pictures.Photo.Length}" }.Started();
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var first = await (await client.Attach(ticket, Pictures.Photo)).Json();

        var full = await client.Attach(ticket, Pictures.Photo);
        await client.Send(HttpMethod.Delete, AttachmentScenarios.PathOf(ticket, first));
        var again = await client.Attach(ticket, Pictures.Photo);

        await full.ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
    }

    [Fact]
    public async Task The_removal_of_orphaned_files_keeps_an_attachment_that_has_a_row()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var kept = await (await client.Attach(ticket, Pictures.Photo)).Json();

        await app.RemoveOrphans();

        Assert.True(File.Exists(app.ContentOf(kept)));
        var download = await client.Get(AttachmentScenarios.PathOf(ticket, kept));
        Assert.Equal(Pictures.Photo, await download.Content.ReadAsByteArrayAsync(Scenarios.Ct));
    }

    [Fact]
    public async Task A_ticket_that_is_deleted_meanwhile_takes_its_files_along()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();

        for (var round = 0; round < 5; round++)
        {
            var ticket = await client.OpenTicket();
            var uploads = Enumerable.Range(0, 5).Select(_ => client.Attach(ticket, Pictures.Photo)).ToList();
            var deleted = client.Send(HttpMethod.Delete, TicketScenarios.PathOf(ticket));

            Assert.All(await Task.WhenAll(uploads), answer => Assert.True(
                answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.NotFound or HttpStatusCode.Conflict));
            Assert.Equal(HttpStatusCode.NoContent, (await deleted).StatusCode);
        }

        Assert.Equal(0, await app.Query(db => db.Attachments.CountAsync(Scenarios.Ct)));
        await app.RemoveOrphans();
        await app.RemoveOrphans(later: TimeSpan.FromDays(8));
        Assert.Empty(app.Contents("attachments"));
    }

    [Fact]
    public async Task A_ticket_has_at_most_a_hundred_attachments_however_many_arrive_at_once_on_two_instances()
    {
        await using var app = await new App().Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(other);
        var ticket = await session.Client.OpenTicket();
        await app.Query(async db =>
        {
            var row = await db.Tickets.SingleAsync(Scenarios.Ct);
            db.AddRange(Enumerable.Range(0, 98).Select(_ => Attachment.To(
                row.Id, row.OwnerId, Guid.CreateVersion7(), "a.png", "image/png", 1, sha256: "0", row.CreatedAt)));

            return await db.SaveChangesAsync(Scenarios.Ct);
        });

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            (i % 2 == 0 ? session.Client : there).Attach(ticket, Pictures.Photo)));

        Assert.Equal(2, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
        {
            var problem = await refused.ShouldBe(HttpStatusCode.Conflict, "conflict");
            Assert.Equal("A ticket may have at most 100 attachments.", problem.Text("detail"));
        }

        var list = await (await session.Client.Get(AttachmentScenarios.PathOf(ticket))).Json();
        Assert.Equal(100, list.GetArrayLength());
        Assert.Equal(2, app.Contents("attachments").Count());
    }

    [Fact]
    public async Task Of_concurrent_requests_to_remove_a_file_each_is_told_that_it_is_gone()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var path = AttachmentScenarios.PathOf(ticket, await (await client.Attach(ticket, Pictures.Photo)).Json());

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.Send(HttpMethod.Delete, path)));

        Assert.All(answers, answer => Assert.True(
                answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotFound));
        await app.RemoveOrphans();
        await app.RemoveOrphans(later: TimeSpan.FromDays(8));
        Assert.Empty(app.Contents("attachments"));
    }
}
