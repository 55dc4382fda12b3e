namespace ProdReady.Domain;

/// <summary>A rule of the business says no. The message is shown to the client, with status 409.</summary>
internal sealed class DomainException(string message) : Exception(message);
