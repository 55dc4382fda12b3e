namespace ProdReady.Application;

/// <summary>A service outside of the app does not respond: 503. It is logged where it is thrown.</summary>
internal sealed class UnavailableException(string message, Exception? reason = null) : Exception(message, reason);
