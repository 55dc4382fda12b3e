using System.Net;
using System.Text.Json;

namespace ProdReady.Tests.Support;

internal static class Problem
{
    private const string QuotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded";

    private static readonly string[] Members = ["type", "title", "status", "detail", "traceId"];

    /// <summary>
    /// Every error has the same shape: RFC 9457, with the trace id, and nothing that was not meant for clients.
    /// </summary>
    public static async Task<JsonElement> ShouldBe(
        this HttpResponseMessage response, HttpStatusCode status, string slug)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);

        var problem = await response.Json();
        Assert.Equal(
            slug == "quota-exceeded" ? QuotaExceeded : $"urn:problem-type:{slug}", problem.Text("type"));
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Matches("^[0-9a-f]{32}$", problem.Text("traceId"));
        Assert.NotEmpty(problem.Text("title"));
        Assert.NotEmpty(problem.Text("detail"));

        var expected = slug switch
        {
            "validation-failed" => [.. Members, "errors"],
            "quota-exceeded" => [.. Members, "violated-policies"],
            _ => Members,
        };
        Assert.Equal(expected, problem.EnumerateObject().Select(member => member.Name));

        return problem;
    }

    /// <summary>A 400 that names just these members.</summary>
    public static async Task ShouldNameInvalid(this HttpResponseMessage response, params string[] members)
    {
        var problem = await response.ShouldBe(HttpStatusCode.BadRequest, "validation-failed");

        Assert.Equal(
            members.Order(), problem.GetProperty("errors").EnumerateObject().Select(error => error.Name).Order());
    }
}
