using System.Globalization;
using FluentValidation.Resources;

namespace ProdReady.Api.Requests;

/// <summary>
/// The messages of FluentValidation without the name of the member. The key in errors names it, and more exactly: to
/// FluentValidation the item tags[2] is 'tags', so that "'tags' must not be empty" would be said of a list that may be.
/// </summary>
internal sealed class ValidationMessages : LanguageManager
{
    public override string GetString(string key, CultureInfo? culture = null)
    {
        // FluentValidation has one text for NotNull and NotEmpty, but an empty text is not null.
        var text = key == "NotNullValidator"
            ? "Must not be missing or null."
            : base.GetString(key, culture).Replace(" of '{PropertyName}'", "").Replace("'{PropertyName}' ", "");

        return text.Length > 0 ? char.ToUpperInvariant(text[0]) + text[1..] : text;
    }
}
