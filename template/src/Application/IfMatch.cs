namespace ProdReady.Application;

/// <summary>
/// The versions that a client says it has seen, from the If-Match header. A change that was made without knowing of
/// the one before it would silently undo it, so such a change is refused.
/// </summary>
internal sealed record IfMatch(bool IsSent, bool IsAny, IReadOnlyList<int> Versions)
{
    public static readonly IfMatch NotSent = new(IsSent: false, IsAny: false, []);
    public static readonly IfMatch Any = new(IsSent: true, IsAny: true, []);

    public static IfMatch OneOf(IReadOnlyList<int> versions) => new(IsSent: true, IsAny: false, versions);

    /// <summary>For changes that need to know what they change.</summary>
    public void Require(int version)
    {
        if (!IsSent)
        {
            throw PreconditionException.Missing();
        }

        Check(version);
    }

    /// <summary>For changes where the client may choose to check.</summary>
    public void Check(int version)
    {
        if (IsSent && !IsAny && !Versions.Contains(version))
        {
            throw PreconditionException.Failed();
        }
    }
}

/// <summary>The If-Match header is missing where it is required (428), or names a version that is gone (412).</summary>
internal sealed class PreconditionException : Exception
{
    private PreconditionException(bool isMissing) : base("The precondition of the request does not hold.") =>
        IsMissing = isMissing;

    public bool IsMissing { get; }

    public static PreconditionException Missing() => new(isMissing: true);

    public static PreconditionException Failed() => new(isMissing: false);
}
