using FluentValidation;
using ProdReady.Application;

namespace ProdReady.Tests.Platform.Requests;

public sealed class TextRulesTests
{
    [Theory]
    [InlineData("abc", true)]
    [InlineData("abcd", false)]
    [InlineData("😀😀😀", true)] // six UTF-16 units, three code points
    [InlineData("😀😀😀😀", false)]
    [InlineData("e\u0301e", true)]
    [InlineData("", true)]
    [InlineData(null, true)]
    public void A_length_counts_code_points(string? text, bool isValid)
    {
        var validator = new InlineValidator<Note>();
        validator.RuleFor(note => note.Text).PlainText(3);

        Assert.Equal(isValid, validator.Validate(new Note(text)).IsValid);
    }

    [Theory]
    [InlineData("jose\u0301@example.com", "josé@example.com")]
    [InlineData("\u1112\u1161\u11AB@example.com", "한@example.com")]
    [InlineData("か\u3099@example.com", "が@example.com")]
    [InlineData("\u212A@example.com", "k@example.com")] // the sign of Kelvin
    [InlineData("a@mu\u0308nchen.example", "a@münchen.example")]
    [InlineData("a@MÜNCHEN.example", "a@xn--mnchen-3ya.example")]
    [InlineData("a@\u24D4xample.com", "a@example.com")] // a circled e: no new account has it
    [InlineData("ΑΒΓ@example.com", "αβγ@example.com")]
    public void Spellings_of_an_address_have_one_canonical_form(string one, string other)
    {
        Assert.Equal(TextRules.Canonical(one), TextRules.Canonical(other));
    }

    [Theory]
    [InlineData("jose@example.com", "josé@example.com")]
    [InlineData("a@strasse.example", "a@straße.example")]
    public void Other_addresses_have_another_one(string one, string other)
    {
        Assert.NotEqual(TextRules.Canonical(one), TextRules.Canonical(other));
    }

    private sealed record Note(string? Text);
}
