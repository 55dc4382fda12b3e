namespace ProdReady.Domain;

/// <summary>A broken business rule. The client gets the message, with status 409.</summary>
internal sealed class DomainException(string message) : Exception(message);
