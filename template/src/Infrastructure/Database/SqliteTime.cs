using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ProdReady.Infrastructure.Database;

/// <summary>SQLite has no type for times, and cannot sort or compare them as text: they are UTC ticks there.</summary>
internal sealed class SqliteTime()
    : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
