using System.Text.Json.Serialization;

namespace ProdReady.Application.Tickets;

/// <summary>A ticket.</summary>
/// <param name="Id">The id of the ticket.</param>
/// <param name="Title">A short title.</param>
/// <param name="Description">The details; may be empty.</param>
/// <param name="Priority">How urgent it is.</param>
/// <param name="Status">A closed ticket can no longer be edited.</param>
/// <param name="CreatedAt">When the ticket was opened, UTC.</param>
/// <param name="UpdatedAt">When the ticket was last changed, UTC.</param>
/// <param name="Version">Sent as the ETag.</param>
/// <example>
/// {
///   "id": "019a1f3d-52c8-7a04-8e2b-6d1f90c7a35e",
///   "title": "Printer is on fire",
///   "description": "Second floor.",
///   "priority": "high",
///   "status": "open",
///   "createdAt": "2026-03-14T09:26:53.589793Z",
///   "updatedAt": "2026-03-14T09:26:53.589793Z",
///   "closedAt": null
/// }
/// </example>
internal sealed record TicketResponse(
    Guid Id,
    string Title,
    string Description,
    TicketPriority Priority,
    TicketStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    [property: JsonIgnore] int Version) : IVersioned
{
    /// <summary>When the ticket was closed, UTC; null while it is open.</summary>
    /// <example>2026-03-15T08:12:40.310482Z</example>
    public DateTimeOffset? ClosedAt { get; init; }

    public static TicketResponse From(Ticket ticket) => new(
        ticket.Id,
        ticket.Title,
        ticket.Description,
        ticket.Priority,
        ticket.Status,
        ticket.CreatedAt,
        ticket.UpdatedAt,
        ticket.Version)
    {
        ClosedAt = ticket.ClosedAt,
    };
}
