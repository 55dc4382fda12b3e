using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ProdReady.Infrastructure.Database;

/// <summary>SQLite stores times as text, which EF Core cannot sort or compare; so UTC ticks are stored.</summary>
internal sealed class SqliteTime()
    : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
