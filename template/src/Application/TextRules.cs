using System.Globalization;
using FluentValidation.Validators;

namespace ProdReady.Application;

/// <summary>Rules for text in requests.</summary>
internal static partial class TextRules
{
    /// <summary>Bounded, and without NUL, which JSON can contain but PostgreSQL cannot store.</summary>
    public static IRuleBuilderOptions<T, string?> PlainText<T>(this IRuleBuilder<T, string?> rule, int maxLength) =>
        rule.MaximumLength(maxLength).WithoutNul();

    public static IRuleBuilderOptions<T, string?> WithoutNul<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(text => text is null || !text.Contains('\0')).WithMessage("Must not contain the NUL character.");

    public static IRuleBuilderOptions<T, string?> EmailAddress<T>(this IRuleBuilder<T, string?> rule) =>
        rule
            .NotEmpty()
            .MaximumLength(User.MaxEmailLength)
            .SetValidator(new OneAddress<T>());

    /// <summary>One form for all spellings of an address: upper case, and the domain as DNS has it (xn--…).</summary>
    public static string Canonical(string address) => CanonicalOrNull(address) ?? address.ToUpperInvariant();

    /// <summary>Exactly one of these names; the framework would bind "OPEN", "1" and "7" to an enum as well.</summary>
    public static IRuleBuilderOptions<T, string?> OneOf<T>(this IRuleBuilder<T, string?> rule, params string[] names) =>
        rule.SetValidator(new OneOfValidator<T>(names));

    // Atoms separated by single dots (RFC 5322, dot-atom).
    private const string Words = @"[^@\s\p{C}<>()\[\],;:\\"".]+(\.[^@\s\p{C}<>()\[\],;:\\"".]+)*";

    // Accents of their own, and wide letters and dots: mail servers read them as other characters.
    private const string Ambiguous = @"[\u0300-\u036F\u3002\uFF00-\uFFEF]";

    // FluentValidation's EmailAddress() accepts line breaks, with which a client could inject headers into our mails.
    [GeneratedRegex($@"^(?!.*{Ambiguous})(?=[^@]{{1,64}}@){Words}@{Words}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AddressForm();

    private static string? CanonicalOrNull(string address)
    {
        var at = address.LastIndexOf('@') + 1;
        try
        {
            return (address[..at] + new IdnMapping().GetAscii(address[at..].ToLowerInvariant())).ToUpperInvariant();
        }
        catch (ArgumentException)
        {
            // DNS cannot have this domain: a part of it is empty or too long.
            return null;
        }
    }

    private sealed class OneAddress<T> : PropertyValidator<T, string?>, IEmailValidator
    {
        public override string Name => "EmailValidator";

        public override bool IsValid(ValidationContext<T> context, string? value) =>
            value is null or { Length: > User.MaxEmailLength }
            || (AddressForm().IsMatch(value) && CanonicalOrNull(value)?.Length <= User.MaxEmailLength);

        protected override string GetDefaultMessageTemplate(string errorCode) => "Must be one e-mail address.";
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
