namespace ProdReady.Application;

/// <summary>The If-Match header is missing where it is required (428), or names a version that is gone (412).</summary>
internal sealed class PreconditionException : Exception
{
    private PreconditionException(bool isMissing) : base("The precondition of the request does not hold.") =>
        IsMissing = isMissing;

    public bool IsMissing { get; }

    public static PreconditionException Missing() => new(isMissing: true);

    public static PreconditionException Failed() => new(isMissing: false);
}
