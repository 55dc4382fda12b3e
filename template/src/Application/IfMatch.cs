namespace ProdReady.Application;

/// <summary>
/// The versions in the If-Match header of a request. A client that sends the version it has read cannot overwrite a
/// change that it has not seen.
/// </summary>
internal sealed record IfMatch(bool IsSent, bool IsAny, IReadOnlyList<int> Versions)
{
    public static readonly IfMatch NotSent = new(IsSent: false, IsAny: false, []);
    public static readonly IfMatch Any = new(IsSent: true, IsAny: true, []);

    public static IfMatch OneOf(IReadOnlyList<int> versions) => new(IsSent: true, IsAny: false, versions);

    /// <summary>For changes where the header is required.</summary>
    public void Require(int version)
    {
        if (!IsSent)
        {
            throw new PreconditionException(isMissing: true);
        }

        Check(version);
    }

    /// <summary>For changes where the header is optional.</summary>
    public void Check(int version)
    {
        if (IsSent && !IsAny && !Versions.Contains(version))
        {
            throw new PreconditionException(isMissing: false);
        }
    }
}
