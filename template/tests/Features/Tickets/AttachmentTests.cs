using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Features.Tickets;

public sealed class AttachmentTests(SharedApp app)
{
    [Fact]
    public async Task An_attached_file_is_downloaded_byte_for_byte()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var response = await client.Attach(ticket, Pictures.Photo, "Drücker.png");

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var attachment = await response.Json();
        Assert.Equal("Drücker.png", attachment.Text("fileName"));
        Assert.Equal("image/png", attachment.Text("contentType"));
        Assert.Equal(Pictures.Photo.Length, attachment.GetProperty("size").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Pictures.Photo)), attachment.Text("sha256"));
        Assert.Equal(AttachmentScenarios.PathOf(ticket, attachment), response.Headers.Location?.ToString());
        var download = await client.Get(response.Headers.Location!.ToString());
        Assert.Equal(Pictures.Photo, await download.Content.ReadAsByteArrayAsync(Scenarios.Ct));
        var listed = (await (await client.Get(AttachmentScenarios.PathOf(ticket))).Json()).EnumerateArray().Single();
        Assert.Equal(JsonSerializer.Serialize(attachment), JsonSerializer.Serialize(listed));
    }

    [Fact]
    public async Task A_download_is_saved_and_not_displayed()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var attachment = await (await client.Attach(ticket, Pictures.Photo, "Drücker; neu.png")).Json();

        var download = await client.Get(AttachmentScenarios.PathOf(ticket, attachment));

        var headers = download.Content.Headers;
        Assert.Equal("image/png", headers.ContentType?.ToString());
        Assert.Equal("attachment", headers.ContentDisposition?.DispositionType);
        Assert.Equal("Drücker; neu.png", headers.ContentDisposition?.FileNameStar);
        Assert.Equal(["nosniff"], download.Headers.GetValues("X-Content-Type-Options"));
        Assert.StartsWith("sandbox;", download.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal($"\"{attachment.Text("sha256")}\"", download.Headers.ETag?.Tag);
    }

    [Fact]
    public async Task A_range_of_a_file_can_be_downloaded()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var path = AttachmentScenarios.PathOf(ticket, await (await client.Attach(ticket, Pictures.Photo)).Json());

        var part = await Ranged(client, path, "bytes=1-3");
        var rest = await Ranged(client, path, $"bytes={Pictures.Photo.Length - 4}-");
        var beyond = await Ranged(client, path, "bytes=999999-");
        var thousand = string.Join(',', Enumerable.Range(0, 1000).Select(i => $"{i}-"));
        var many = await Ranged(client, path, $"bytes={thousand}");
        var garbage = await Ranged(client, path, "bytes=z");

        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("PNG"u8.ToArray(), await part.Content.ReadAsByteArrayAsync(Scenarios.Ct));
        Assert.Equal(Pictures.Photo[^4..], await rest.Content.ReadAsByteArrayAsync(Scenarios.Ct));
        await beyond.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable, "range-not-satisfiable");
        Assert.Equal(HttpStatusCode.OK, many.StatusCode);
        Assert.Equal(HttpStatusCode.OK, garbage.StatusCode);
    }

    [Fact]
    public async Task An_unchanged_file_is_not_sent_again()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var attachment = await (await client.Attach(ticket, Pictures.Photo)).Json();
        using var request = new HttpRequestMessage(HttpMethod.Get, AttachmentScenarios.PathOf(ticket, attachment));
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{attachment.Text("sha256")}\""));

        var response = await client.SendAsync(request, Scenarios.Ct);

        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
    }

    [Fact]
    public async Task A_refused_file_is_not_attached()
    {
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        var response = await client.Attach(ticket, "#!/bin/sh"u8.ToArray());

        await response.ShouldBe(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        Assert.Empty((await (await client.Get(AttachmentScenarios.PathOf(ticket))).Json()).EnumerateArray());
    }

    [Fact]
    public async Task Unknown_files_and_files_of_other_users_are_not_found()
    {
        using var client = await app.SignedInClient();
        using var otherUser = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var other = await client.OpenTicket();
        var attachment = await (await client.Attach(ticket, Pictures.Photo)).Json();
        var nowhere = $"{TicketScenarios.Tickets}/{Guid.NewGuid()}/attachments";

        HttpResponseMessage[] answers =
        [
            await client.Upload(nowhere, Pictures.Photo),
            await client.Get(nowhere),
            await client.Get($"{AttachmentScenarios.PathOf(ticket)}/{Guid.NewGuid()}"),
            await client.Send(HttpMethod.Delete, $"{AttachmentScenarios.PathOf(ticket)}/{Guid.NewGuid()}"),
            await client.Get(AttachmentScenarios.PathOf(other, attachment)),
            await client.Send(HttpMethod.Delete, AttachmentScenarios.PathOf(other, attachment)),
            await otherUser.Attach(ticket, Pictures.Photo),
            await otherUser.Get(AttachmentScenarios.PathOf(ticket)),
            await otherUser.Get(AttachmentScenarios.PathOf(ticket, attachment)),
            await otherUser.Send(HttpMethod.Delete, AttachmentScenarios.PathOf(ticket, attachment)),
        ];

        foreach (var answer in answers)
        {
            await answer.ShouldBe(HttpStatusCode.NotFound, "not-found");
        }

        Assert.Equal(HttpStatusCode.OK, (await client.Get(AttachmentScenarios.PathOf(ticket, attachment))).StatusCode);
    }

    [Fact]
    public async Task A_removed_file_is_gone_at_once_and_its_content_a_week_later()
    {
        await using var own = await new App().Started();
        using var client = await own.SignedInClient();
        var ticket = await client.OpenTicket();
        var attachment = await (await client.Attach(ticket, Pictures.Photo)).Json();
        var deleted = await client.OpenTicket();
        var itsAttachment = await (await client.Attach(deleted, Pictures.Photo)).Json();

        var removed = await client.Send(HttpMethod.Delete, AttachmentScenarios.PathOf(ticket, attachment));
        await client.Send(HttpMethod.Delete, TicketScenarios.PathOf(deleted));

        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        await (await client.Get(AttachmentScenarios.PathOf(ticket, attachment)))
            .ShouldBe(HttpStatusCode.NotFound, "not-found");
        await own.RemoveOrphans();
        Assert.True(File.Exists(own.ContentOf(attachment)) && File.Exists(own.ContentOf(itsAttachment)));
        await own.RemoveOrphans(later: TimeSpan.FromDays(8));
        Assert.False(File.Exists(own.ContentOf(attachment)));
        Assert.False(File.Exists(own.ContentOf(itsAttachment)));
    }

    [Fact]
    public async Task Deleting_the_account_deletes_its_files()
    {
        await using var own = await new App().Started();
        using var client = await own.SignedInClient();
        var attachment = await (await client.Attach(await client.OpenTicket(), Pictures.Photo)).Json();

        await client.Post("/api/v1/account/delete", new { password = Scenarios.Password });
        await own.RemoveDeletedAccounts();
        await own.RemoveOrphans();
        await own.RemoveOrphans(later: TimeSpan.FromDays(8));

        Assert.Equal(0, await own.Query(db => db.Attachments.CountAsync(Scenarios.Ct)));
        Assert.False(File.Exists(own.ContentOf(attachment)));
    }

    private static async Task<HttpResponseMessage> Ranged(HttpClient client, string path, string range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Range", range);

        return await client.SendAsync(request, Scenarios.Ct);
    }
}
