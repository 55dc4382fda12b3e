namespace ProdReady.Tests.Support;

/// <summary>Records the secrets in JSON bodies, for the check that no log has one.</summary>
internal sealed class SecretKeeper : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        await Keep(request.Content, ct);
        var response = await base.SendAsync(request, ct);
        await Keep(response.Content, ct);

        return response;
    }

    private static async Task Keep(HttpContent? content, CancellationToken ct)
    {
        if (content?.Headers.ContentType?.MediaType == "application/json")
        {
            await content.LoadIntoBufferAsync(ct);
            Output.KeepSecretsOf(await content.ReadAsStringAsync(ct));
        }
    }
}
