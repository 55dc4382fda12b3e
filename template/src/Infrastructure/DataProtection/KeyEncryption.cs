using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using ProdReady.Infrastructure.Accounts;

namespace ProdReady.Infrastructure.DataProtection;

/// <summary>AES-GCM with a key that HKDF derives from the first signing key: nonce, tag, ciphertext.</summary>
internal sealed class KeyEncryptor(JwtOptions jwt) : IXmlEncryptor
{
    public const int NonceSize = 12;
    public const int TagSize = 16;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString());
        var box = new byte[NonceSize + TagSize + plain.Length];
        var nonce = box.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = AesOf(jwt.KeyBytes()[0]);
        aes.Encrypt(nonce, plain, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize));

        return new EncryptedXmlInfo(new XElement("encrypted", Convert.ToBase64String(box)), typeof(KeyDecryptor));
    }

    public static AesGcm AesOf(byte[] signingKey)
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
    public XElement Decrypt(XElement encryptedElement)
    {
        var box = Convert.FromBase64String(encryptedElement.Value).AsSpan();
        var nonce = box[..KeyEncryptor.NonceSize];
        var tag = box.Slice(KeyEncryptor.NonceSize, KeyEncryptor.TagSize);
        var cipher = box[(KeyEncryptor.NonceSize + KeyEncryptor.TagSize)..];
        var plain = new byte[cipher.Length];

        // Signing keys rotate: this may have been encrypted while an older one was the first.
        foreach (var key in services.GetRequiredService<IOptions<JwtOptions>>().Value.KeyBytes())
        {
            try
            {
                using var aes = KeyEncryptor.AesOf(key);
                aes.Decrypt(nonce, cipher, tag, plain);

                return XElement.Parse(Encoding.UTF8.GetString(plain));
            }
            catch (AuthenticationTagMismatchException)
            {
                // Encrypted with another signing key.
            }
        }

        throw new CryptographicException("No configured signing key decrypts this Data Protection key.");
    }
}
