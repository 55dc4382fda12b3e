namespace ProdReady.Domain;

/// <summary>How urgent a ticket is.</summary>
internal enum TicketPriority
{
    Low,
    Normal,
    High,
}
