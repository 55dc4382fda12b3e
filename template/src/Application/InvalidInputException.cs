namespace ProdReady.Application;

/// <summary>
/// A member that has the right shape turns out to be wrong once the use case looks closer, say because it is not the
/// user's password. Answered like the other wrong members: 400, and <c>errors</c> names it.
/// </summary>
internal sealed class InvalidInputException(string property, string message) : Exception(message)
{
    public string Property { get; } = property;
}
