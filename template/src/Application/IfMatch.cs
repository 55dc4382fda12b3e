namespace ProdReady.Application;

/// <summary>The If-Match header: its sender cannot overwrite a change that it has not seen.</summary>
internal sealed record IfMatch(bool IsSent, Predicate<int> Lists)
{
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
        if (IsSent && !Lists(version))
        {
            throw new PreconditionException(isMissing: false);
        }
    }
}

/// <summary>An answer whose version is sent as the ETag, and not in the body.</summary>
internal interface IVersioned
{
    int Version { get; }
}
