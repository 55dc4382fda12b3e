using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ProdReady.Infrastructure.Database;

/// <summary>SQLite has no type for times; EF Core cannot sort or compare its text form, so UTC ticks are stored.</summary>
internal sealed class SqliteTime()
    : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
