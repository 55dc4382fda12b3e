using System.Text;
using Microsoft.OpenApi;

namespace ProdReady.Tests.Platform.Requests;

internal sealed record FuzzedBody(string Type, byte[] Bytes);

internal sealed record FuzzedRequest(
    HttpMethod Method,
    string Address,
    (string Name, string Value)[] Headers,
    FuzzedBody? Body,
    OpenApiOperation Operation)
{
    private const int MaxPrintedLength = 2_000;

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(Method, Address);
        foreach (var (name, value) in Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body.Bytes);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", Body.Type);
        }

        return message;
    }

    public override string ToString()
    {
        var headers = string.Concat(Headers.Select(header => $"{header.Name}: {header.Value}\n"));
        var body = Body is null ? "" : $"Content-Type: {Body.Type}\n\n{Encoding.Latin1.GetString(Body.Bytes)}";
        var text = $"{Method} {Address}\n{headers}{body}";

        return text.Length > MaxPrintedLength ? $"{text[..MaxPrintedLength]}…" : text;
    }
}
