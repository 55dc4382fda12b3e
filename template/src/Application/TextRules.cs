using System.Globalization;
using FluentValidation.Validators;

namespace ProdReady.Application;

/// <summary>Rules for text in requests.</summary>
internal static partial class TextRules
{
    /// <summary>Bounded, and without NUL, which JSON can contain but PostgreSQL cannot store.</summary>
    public static IRuleBuilderOptions<T, string?> PlainText<T>(this IRuleBuilder<T, string?> rule, int maxLength) =>
        rule.Characters(0, maxLength).WithoutNul();

    /// <summary>Counts Unicode code points, as NIST and JSON Schema do. string.Length counts an emoji as two.</summary>
    public static IRuleBuilderOptions<T, string?> Characters<T>(
        this IRuleBuilder<T, string?> rule, int min, int max) => rule.SetValidator(new LengthInCharacters<T>(min, max));

    public static IRuleBuilderOptions<T, string?> WithoutNul<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(text => text is null || !text.Contains('\0')).WithMessage("Must not contain the NUL character.");

    public static IRuleBuilderOptions<T, string?> EmailAddress<T>(this IRuleBuilder<T, string?> rule) =>
        rule
            .NotEmpty()
            .Characters(0, User.MaxEmailLength)
            .SetValidator(new OneAddress<T>());

    /// <summary>One form for all spellings of an address: upper case, form C, and the domain as DNS has it.</summary>
    public static string Canonical(string address) => CanonicalOrNull(address) ?? address.ToUpperInvariant();

    /// <summary>
    /// In a query: the text with all cases of a letter made one, in any script. The database folds column and pattern
    /// by the same rules: <c>t.Title.Folded().IndexOf(search.Folded()) >= 0</c>.
    /// </summary>
    public static string Folded(this string text) => throw new InvalidOperationException("Only a query can do this.");

    /// <summary>Exactly one of these names; the framework would bind "OPEN", "1" and "7" to an enum as well.</summary>
    public static IRuleBuilderOptions<T, string?> OneOf<T>(this IRuleBuilder<T, string?> rule, params string[] names) =>
        rule.SetValidator(new OneOfValidator<T>(names));

    // Atoms separated by single dots (RFC 5322, dot-atom).
    private const string Words = @"[^@\s\p{C}<>()\[\],;:\\"".]+(\.[^@\s\p{C}<>()\[\],;:\\"".]+)*";

    // Wide letters and dots: mail servers read them as other characters. Canonical makes an S of a long s, and a
    // semicolon of the Greek question mark.
    private const string Ambiguous = @"[\u017F\u037E\u3002\uFF00-\uFFEF]";

    // FluentValidation's EmailAddress() accepts line breaks, with which a client could inject headers into our mails.
    [GeneratedRegex($@"^(?!.*{Ambiguous})(?=[^@]{{1,64}}@){Words}@{Words}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AddressForm();

    private static string? CanonicalOrNull(string address)
    {
        try
        {
            // An accent of its own and its letter become one character, as mail servers read them (RFC 6532).
            address = address.Normalize();
            var at = address.LastIndexOf('@') + 1;

            return (address[..at] + new IdnMapping().GetAscii(address[at..].ToLowerInvariant())).ToUpperInvariant();
        }
        catch (ArgumentException)
        {
            // DNS cannot have this domain: a part of it is empty, too long or no word of IDNA.
            return null;
        }
    }

    private sealed class OneAddress<T> : PropertyValidator<T, string?>, IEmailValidator
    {
        public override string Name => "EmailValidator";

        public override bool IsValid(ValidationContext<T> context, string? value) =>
            value is null || CharactersIn(value) > User.MaxEmailLength
            || (AddressForm().IsMatch(value) && CanonicalOrNull(value)?.Length <= User.MaxEmailLength
                // IDNA makes an e of a circled one, and an @ or a > of their small forms.
                && value.Normalize()[value.Normalize().LastIndexOf('@')..].IsNormalized(NormalizationForm.FormKC));

        protected override string GetDefaultMessageTemplate(string errorCode) => "Must be one e-mail address.";
    }

    private static int CharactersIn(string text) => text.EnumerateRunes().Count();

    private sealed class LengthInCharacters<T>(int min, int max) : LengthValidator<T>(min, max)
    {
        public override bool IsValid(ValidationContext<T> context, string? value) =>
            value is null || (CharactersIn(value) is var length && length >= Min && length <= Max);

        protected override string GetDefaultMessageTemplate(string errorCode) =>
            Min == 0 ? $"Must have at most {Max} characters." : $"Must have {Min} to {Max} characters.";
    }

    private sealed class OneOfValidator<T>(string[] names) : PropertyValidator<T, string?>, IOneOfValidator
    {
        public override string Name => nameof(OneOfValidator<>);

        public IReadOnlyList<string> Names => names;

        public override bool IsValid(ValidationContext<T> context, string? value) =>
            value is null || names.Contains(value);

        protected override string GetDefaultMessageTemplate(string errorCode) =>
            $"Must be {string.Join(" or ", names)}.";
    }
}

/// <summary>Shows the allowed values of a rule, which the OpenAPI document lists.</summary>
internal interface IOneOfValidator : IPropertyValidator
{
    IReadOnlyList<string> Names { get; }
}
