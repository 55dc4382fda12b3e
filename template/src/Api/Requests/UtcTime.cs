using System.Globalization;
using System.Text.Json.Serialization;

namespace ProdReady.Api.Requests;

/// <summary>
/// Times have one form (RFC 3339): UTC with a Z, and the microseconds that PostgreSQL stores. System.Text.Json would
/// write +00:00, and as many digits as there are before the zeros. It would also read a time without an offset, as one
/// in the time zone of the server, and keep another offset, which Npgsql refuses to store.
/// </summary>
internal sealed class UtcTime : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
        && reader.GetString() is [.., 'Z'] or [.., '+' or '-', _, _, ':', _, _]
        && reader.TryGetDateTimeOffset(out var time)
            ? time.ToUniversalTime().AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond))
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(
            value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
}
