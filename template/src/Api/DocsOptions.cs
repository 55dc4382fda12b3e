namespace ProdReady.Api;

internal sealed class DocsOptions
{
    public const string Section = "OpenApi";

    /// <summary>Serves /openapi/v1.json and /docs. Not set: in Development only.</summary>
    public bool? Enabled { get; init; }
}
