using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>Requests that no HTTP client would send, byte by byte.</summary>
public sealed partial class RawRequestTests(SharedApp app)
{
    private const string Host = "Host: 127.0.0.1\r\n";

    private const string Login = $"POST /api/v1/auth/login HTTP/1.1\r\n{Host}Content-Type: application/json\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

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
    public async Task What_others_could_read_differently_is_400_and_ends_the_connection(string rest)
    {
        var answer = await Send(Login + rest + Smuggled);

        Assert.Equal([400], StatusesIn(answer));
    }

    [Fact]
    public async Task A_length_beside_chunks_counts_for_nothing_and_ends_the_connection()
    {
        var answer = await Send(
            Login + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + Smuggled);

        Assert.Equal([400], StatusesIn(answer));
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
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n")] // somebody speaks TLS
    public async Task What_is_odd_is_refused_as_the_mistake_of_the_client(string request)
    {
        var answer = await Send(request.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));

        Assert.All(StatusesIn(answer), status => Assert.InRange(status, 400, 499));
        await ShouldStillServe();
    }

    [Theory]
    [InlineData("0.9")]
    [InlineData("2.0")]
    [InlineData("9.9")]
    public async Task A_version_of_http_that_is_not_spoken_here_is_505(string version)
    {
        var answer = await Send($"GET / HTTP/{version}\r\n{Host}\r\n");

        Assert.Equal([505], StatusesIn(answer));
    }

    [Theory]
    [InlineData(40_000, 0, 431)]
    [InlineData(10, 200, 431)]
    public async Task Headers_that_are_too_long_or_too_many_are_refused(int length, int count, int status)
    {
        var many = string.Concat(Enumerable.Range(0, count).Select(i => $"X-{i}: a\r\n"));

        var answer = await Send($"GET / HTTP/1.1\r\n{Host}X: {new string('a', length)}\r\n{many}\r\n");

        Assert.Equal([status], StatusesIn(answer));
    }

    [Theory]
    [InlineData("application/json", 400)]
    [InlineData("application/json; charset=UTF-8", 400)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=iso-8859-1", 415)]
    [InlineData("application/json; charset=utf-7", 415)]
    [InlineData("application/json; charset=nonsense", 415)]
    [InlineData("application/json; charset=\"\"", 415)]
    [InlineData("application/json; charset=utf-8; charset=utf-16", 400)]
    [InlineData("application/json; charset=", 415)]
    [InlineData("application/json; charset=\"UTF-8\"", 415)]
    [InlineData("application/json;;", 415)]
    [InlineData("text/json", 415)]
    [InlineData("application/jsonx", 415)]
    [InlineData("*/*", 415)]
    [InlineData("json", 415)]
    [InlineData("", 415)]
    public async Task Json_is_utf_8_and_says_so_or_nothing(string contentType, int status)
    {
        var answer = await Send(
            $"POST /api/v1/auth/login HTTP/1.1\r\n{Host}Connection: close\r\n"
            + $"Content-Type: {contentType}\r\nContent-Length: 2\r\n\r\n{{}}");

        Assert.Equal([status], StatusesIn(answer));
        Assert.Contains("application/problem+json", answer);
    }

    [Fact]
    public async Task Requests_that_come_at_once_are_answered_in_order()
    {
        var answer = await Send(
            $"GET /health/live HTTP/1.1\r\n{Host}\r\n"
            + $"{Login}Content-Length: 2\r\n\r\n{{}}"
            + $"GET /api/v1/account HTTP/1.1\r\n{Host}Connection: close\r\n\r\n");

        Assert.Equal([200, 400, 401], StatusesIn(answer));
    }

    // What an attacker hides behind a request that two servers take apart in different places.
    private static string Smuggled => $"GET /health/live HTTP/1.1\r\n{Host}Connection: close\r\n\r\n";

    private static IEnumerable<int> StatusesIn(string answer) =>
        StatusLine().Matches(answer).Select(line => int.Parse(line.Groups["status"].ValueSpan));

    private async Task ShouldStillServe() =>
        Assert.Equal([200], StatusesIn(await Send(Smuggled)));

    // Until the app hangs up, which it does when it is asked to, and after what it cannot read.
    private async Task<string> Send(string request)
    {
        using var client = app.CreateClient();
        using var connection = new TcpClient("127.0.0.1", client.BaseAddress!.Port);
        await using var stream = connection.GetStream();
        using var ct = CancellationTokenSource.CreateLinkedTokenSource(Stories.Ct);
        ct.CancelAfter(Patience);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), ct.Token);

        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, ct.Token) is > 0 and var read)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // It hung up with something of ours unread, which is its right.
        }

        return answer.ToString();
    }

    [GeneratedRegex(@"HTTP/1\.1 (?<status>\d{3}) ")]
    private static partial Regex StatusLine();
}
