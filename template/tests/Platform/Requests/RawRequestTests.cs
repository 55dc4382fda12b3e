using System.Text.RegularExpressions;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

public sealed partial class RawRequestTests(SharedApp app)
{
    private const string Host = "Host: 127.0.0.1\r\n";

    private const string Login = $"POST /api/v1/auth/login HTTP/1.1\r\n{Host}Content-Type: application/json\r\n";

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")]
    [InlineData("Content-Length: 2, 3\r\n\r\n{}")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("Content-Length: 0x2\r\n\r\n{}")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n{}")]
    [InlineData("Content-Length : 2\r\n\r\n{}")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n")] // CVE-2025-55315
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2;a\rb\r\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n")]
    [InlineData("X: a\0b\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("X: a\rb\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData(" folded\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("no colon\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData(": no name\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("Host: other.example\r\nContent-Length: 2\r\n\r\n{}")]
    public async Task A_request_that_a_proxy_could_read_differently_is_400_and_closes_the_connection(string rest)
    {
        var response = await app.SendRaw(Login + rest + Smuggled);

        Assert.Equal([400], StatusesIn(response));
    }

    [Fact]
    public async Task A_content_length_beside_chunks_is_ignored_and_closes_the_connection()
    {
        var response = await app.SendRaw(
            Login + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + Smuggled);

        Assert.Equal([400], StatusesIn(response));
    }

    [Theory]
    [InlineData("\r\n\r\n")]
    [InlineData("GET\r\n\r\n")]
    [InlineData("GET /\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.10\r\nHost: a\r\n\r\n")]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n")]
    [InlineData("GET nothing HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /ä HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET http://other.example/ HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET * HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n")]
    [InlineData("TRACE /api/v1/account HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("get /api/v1/account HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("G\0T /api/v1/account HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/account HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \u00ff\u00fe\r\n\r\n")]
    [InlineData("GET /api/v1/account HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n")]
    [InlineData("GET /api/v1/account HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("GET /api/v1/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/../../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /pages/..%2f..%2fappsettings.json HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/%ff HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/%c0%ae%c0%ae/ HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/%ed%a0%80 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/%zz HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/account?%00=%ff&&&=&a HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n")] // a TLS handshake
    public async Task An_invalid_request_is_a_client_error(string request)
    {
        var response = await app.SendRaw(request.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));

        Assert.All(StatusesIn(response), status => Assert.InRange(status, 400, 499));
        await ShouldStillServe();
    }

    [Theory]
    [InlineData("0.9")]
    [InlineData("2.0")]
    [InlineData("9.9")]
    public async Task An_unsupported_version_of_http_is_505(string version)
    {
        var response = await app.SendRaw($"GET / HTTP/{version}\r\n{Host}\r\n");

        Assert.Equal([505], StatusesIn(response));
    }

    [Theory]
    [InlineData(40_000, 0, 431)]
    [InlineData(10, 200, 431)]
    public async Task Headers_that_are_too_long_or_too_many_are_431(int length, int count, int status)
    {
        var many = string.Concat(Enumerable.Range(0, count).Select(i => $"X-{i}: a\r\n"));

        var response = await app.SendRaw($"GET / HTTP/1.1\r\n{Host}X: {new string('a', length)}\r\n{many}\r\n");

        Assert.Equal([status], StatusesIn(response));
    }

    [Theory]
    [InlineData("application/json", 400)]
    [InlineData("application/json; charset=UTF-8", 400)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=iso-8859-1", 415)]
    [InlineData("application/json; charset=utf-7", 415)]
    [InlineData("application/json; charset=nonsense", 415)]
    [InlineData("application/json; charset=\"utf 8\"", 415)]
    [InlineData("application/json; charset=\"utf\\-8\"", 415)]
    [InlineData("application/json; charset=\"\"", 415)]
    [InlineData("application/json; charset=utf-8; charset=utf-16", 400)]
    [InlineData("application/json; charset=", 415)]
    [InlineData("application/json; charset=\"UTF-8\"", 400)]
    [InlineData("application/json;charset=\"utf-8\"", 400)]
    [InlineData("application/json; charset=\"utf-16\"", 415)]
    [InlineData("application/json; charset='utf-8'", 415)]
    [InlineData("application/json;;", 415)]
    [InlineData("text/json", 415)]
    [InlineData("application/jsonx", 415)]
    [InlineData("*/*", 415)]
    [InlineData("json", 415)]
    [InlineData("", 415)]
    public async Task Json_in_another_charset_than_utf_8_is_415(string contentType, int status)
    {
        var response = await app.SendRaw(
            $"POST /api/v1/auth/login HTTP/1.1\r\n{Host}Connection: close\r\n"
            + $"Content-Type: {contentType}\r\nContent-Length: 2\r\n\r\n{{}}");

        Assert.Equal([status], StatusesIn(response));
        Assert.Contains("application/problem+json", response);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order()
    {
        var response = await app.SendRaw(
            $"GET /health/live HTTP/1.1\r\n{Host}\r\n"
            + $"{Login}Content-Length: 2\r\n\r\n{{}}"
            + $"GET /api/v1/account HTTP/1.1\r\n{Host}Connection: close\r\n\r\n");

        Assert.Equal([200, 400, 401], StatusesIn(response));
    }

    // Request smuggling: an attacker hides this one behind a request whose end two servers see in different places.
    private static string Smuggled => $"GET /health/live HTTP/1.1\r\n{Host}Connection: close\r\n\r\n";

    private static IEnumerable<int> StatusesIn(string response) =>
        StatusLine().Matches(response).Select(line => int.Parse(line.Groups["status"].ValueSpan));

    private async Task ShouldStillServe() =>
        Assert.Equal([200], StatusesIn(await app.SendRaw(Smuggled)));

    [GeneratedRegex(@"HTTP/1\.1 (?<status>\d{3}) ")]
    private static partial Regex StatusLine();
}
