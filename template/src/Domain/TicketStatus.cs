namespace ProdReady.Domain;

/// <summary>Where a ticket stands: a closed one can no longer be edited.</summary>
internal enum TicketStatus
{
    Open,
    Closed,
}
