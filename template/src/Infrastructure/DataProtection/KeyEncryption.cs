using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using ProdReady.Infrastructure.Accounts;

namespace ProdReady.Infrastructure.DataProtection;

/// <summary>AES-GCM with a key that HKDF derives from the first signing key: nonce, tag, ciphertext.</summary>
internal sealed class KeyEncryptor(JwtOptions jwt) : IXmlEncryptor
{
    public const string Element = "encrypted";

    /// <summary>The time of the encryption: doctor reads from it for how long the signing key has been used.</summary>
    public const string Since = "since";

    private const int NonceSize = 12;
    private const int TagSize = 16;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement) =>
        new(
            new XElement(
                Element,
                new XAttribute(Since, DateTimeOffset.UtcNow),
                Encrypt(plaintextElement.ToString(), jwt.KeyBytes()[0])),
            typeof(KeyDecryptor));

    public static string Encrypt(string text, byte[] signingKey)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var box = new byte[NonceSize + TagSize + plain.Length];
        var nonce = box.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = AesOf(signingKey);
        aes.Encrypt(nonce, plain, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize));

        return Convert.ToBase64String(box);
    }

    /// <returns>The text, and the index of the key that decrypts it; null if none does.</returns>
    public static (string Text, int Key)? Decrypt(string base64, byte[][] signingKeys)
    {
        var box = Convert.FromBase64String(base64).AsSpan();
        var plain = new byte[box.Length - NonceSize - TagSize];
        for (var i = 0; i < signingKeys.Length; i++)
        {
            try
            {
                using var aes = AesOf(signingKeys[i]);
                aes.Decrypt(box[..NonceSize], box[(NonceSize + TagSize)..], box.Slice(NonceSize, TagSize), plain);

                return (Encoding.UTF8.GetString(plain), i);
            }
            catch (AuthenticationTagMismatchException)
            {
                // Encrypted with another signing key.
            }
        }

        return null;
    }

    private static AesGcm AesOf(byte[] signingKey)
    {
        var info = "data-protection-keys"u8.ToArray();

        return new AesGcm(HKDF.DeriveKey(HashAlgorithmName.SHA256, signingKey, outputLength: 32, info: info), TagSize);
    }
}

/// <summary>
/// Data Protection stores the name of this type beside each key, and creates it by that name: after a rename, stored
/// keys could not be decrypted.
/// </summary>
internal sealed class KeyDecryptor(IServiceProvider services) : IXmlDecryptor
{
    // Signing keys rotate: this may have been encrypted while an older one was the first.
    public XElement Decrypt(XElement encryptedElement) => KeyEncryptor.Decrypt(
        encryptedElement.Value, services.GetRequiredService<IOptions<JwtOptions>>().Value.KeyBytes()) is var (text, _)
        ? XElement.Parse(text)
        : throw new CryptographicException("No configured signing key decrypts this Data Protection key.");
}

/// <summary>
/// Encrypts the stored keys again once another signing key is the first, so that the older one can be removed. Data
/// Protection itself only adds a key every 90 days, and never changes a stored one.
/// </summary>
internal sealed class KeyReencryption(IServiceScopeFactory scopes, IOptions<JwtOptions> jwt)
{
    public async Task Run(CancellationToken ct)
    {
        var signingKeys = jwt.Value.KeyBytes();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        foreach (var key in await db.DataProtectionKeys.ToListAsync(ct))
        {
            var xml = XElement.Parse(key.Xml!);
            foreach (var element in xml.Descendants(KeyEncryptor.Element))
            {
                if (KeyEncryptor.Decrypt(element.Value, signingKeys) is (var text, > 0))
                {
                    element.Value = KeyEncryptor.Encrypt(text, signingKeys[0]);
                    element.SetAttributeValue(KeyEncryptor.Since, DateTimeOffset.UtcNow);
                    key.Xml = xml.ToString(SaveOptions.DisableFormatting);
                }
            }
        }

        await db.SaveChangesAsync(ct);
    }
}
