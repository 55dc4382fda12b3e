using System.Net;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>A body is multipart/form-data with exactly one part: the file.</summary>
public sealed class MultipartTests(AppWithUploads app) : IClassFixture<AppWithUploads>
{
    // 71 characters; RFC 2046 allows 70.
    private const string TooLong = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    public static TheoryData<string> Unreadable => new()
    {
        "",
        "--XX--\r\n",
        "no multipart at all",
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
            + "Content-Type: image/png\r\n\r\nabc",
        "--XX\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nno file\r\n--XX--\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a.png\"\r\n\r\nabc\r\n--XX--\r\n",
        "--XX\r\nContent-Disposition: \r\n\r\nabc\r\n--XX--\r\n",
        "--XX\r\n\r\nabc\r\n--XX--\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\nabc\r\n--XX--\r\n",
        $"--XX\r\n{string.Concat(Enumerable.Repeat("A: b\r\n", 9))}\r\nabc\r\n--XX--\r\n",
        $"--XX\r\nA: {new string('b', 20_000)}\r\n\r\nabc\r\n--XX--\r\n",
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_body_that_is_not_one_file_is_refused(string body)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, UploadScenarios.RawForm(body));

        await response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Fact]
    public async Task A_second_part_is_refused()
    {
        using var client = await app.SignedInClient();
        var form = UploadScenarios.Form(Pictures.Photo);
        form.Add(new StringContent("one more"), "comment");

        var response = await client.Upload(AppWithUploads.Path, form);

        await response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Theory]
    [InlineData("multipart/form-data", 400)]
    [InlineData("multipart/form-data; boundary=", 400)]
    [InlineData("multipart/form-data; boundary=" + TooLong, 400)]
    [InlineData("multipart/mixed; boundary=XX", 415)]
    [InlineData("image/png", 415)]
    [InlineData("application/json", 415)]
    public async Task A_body_of_another_type_is_refused(string contentType, int status)
    {
        using var client = await app.SignedInClient();
        var content = new ByteArrayContent(Pictures.Photo);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        var response = await client.Upload(AppWithUploads.Path, content);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }
}
