using System.Net;
using System.Text.Json;

namespace ProdReady.Tests.Support;

internal static class Problem
{
    private const string QuotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded";

    private static readonly string[] Members = ["type", "title", "status", "detail", "traceId"];

    /// <summary>
    /// Every error has the same form: RFC 9457 with the trace id, and no other members.
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
        var names = problem.EnumerateObject().Select(member => member.Name);

        // A malformed request has errors only if a member caused it.
        Assert.Equal(expected, slug == "malformed-request" ? names.Where(name => name != "errors") : names);

        return problem;
    }

    /// <summary>A 400 that names exactly these members.</summary>
    public static Task ShouldNameInvalid(this HttpResponseMessage response, params string[] members) =>
        response.ShouldName("validation-failed", members);

    /// <summary>A 400 for an unknown or repeated member.</summary>
    public static Task ShouldNameUnreadable(this HttpResponseMessage response, string member) =>
        response.ShouldName("malformed-request", member);

    private static async Task ShouldName(this HttpResponseMessage response, string slug, params string[] members)
    {
        var problem = await response.ShouldBe(HttpStatusCode.BadRequest, slug);

        Assert.Equal(
            members.Order(), problem.GetProperty("errors").EnumerateObject().Select(error => error.Name).Order());
    }
}
