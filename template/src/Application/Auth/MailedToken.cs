using System.Buffers.Text;

namespace ProdReady.Application.Auth;

/// <summary>
/// Identity's tokens are base64, which does not survive being copied out of a link; in mails they are base64url.
/// </summary>
internal static class MailedToken
{
    public static string Encode(string token) => Base64Url.EncodeToString(Convert.FromBase64String(token));

    /// <summary>Null for what cannot be a token.</summary>
    public static string? Decode(string text) =>
        Base64Url.IsValid(text) ? Convert.ToBase64String(Base64Url.DecodeFromChars(text)) : null;
}
