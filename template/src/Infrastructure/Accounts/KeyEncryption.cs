using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;

namespace ProdReady.Infrastructure.Accounts;

/// <summary>
/// The keys of Data Protection lie in the database, where they outlive a deployment and serve every instance. There they
/// are encrypted under a key derived from the signing keys, which are not in the database: a copy of it is of no use.
/// </summary>
internal static class KeyEncryption
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    public static void EncryptWithSigningKeys(this IDataProtectionBuilder keys) =>
        keys.Services.AddOptions<KeyManagementOptions>().Configure<IOptions<JwtOptions>>(
            (management, jwt) => management.XmlEncryptor = new Encryptor(jwt.Value));

    private static byte[] Derive(byte[] signingKey) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, signingKey, outputLength: 32, info: "data-protection-keys"u8.ToArray());

    private sealed class Encryptor(JwtOptions jwt) : IXmlEncryptor
    {
        public EncryptedXmlInfo Encrypt(XElement plaintextElement)
        {
            var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString());
            var box = new byte[NonceSize + TagSize + plain.Length];
            var nonce = box.AsSpan(0, NonceSize);
            RandomNumberGenerator.Fill(nonce);
            using var aes = new AesGcm(Derive(jwt.KeyBytes()[0]), TagSize);
            aes.Encrypt(nonce, plain, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize));

            return new EncryptedXmlInfo(
                new XElement("encrypted", Convert.ToBase64String(box)), typeof(SigningKeyDecryptor));
        }
    }

    /// <summary>Made by name: the one that stands in the database beside each key. Renamed, it would not be found.</summary>
    internal sealed class SigningKeyDecryptor(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement)
        {
            var box = Convert.FromBase64String(encryptedElement.Value);
            var plain = new byte[box.Length - NonceSize - TagSize];

            // Signing keys rotate; an older one may have been the first when this was encrypted.
            foreach (var key in services.GetRequiredService<IOptions<JwtOptions>>().Value.KeyBytes())
            {
                try
                {
                    using var aes = new AesGcm(Derive(key), TagSize);
                    aes.Decrypt(
                        box.AsSpan(0, NonceSize),
                        box.AsSpan(NonceSize + TagSize),
                        box.AsSpan(NonceSize, TagSize),
                        plain);

                    return XElement.Parse(Encoding.UTF8.GetString(plain));
                }
                catch (AuthenticationTagMismatchException)
                {
                    // Not under this one.
                }
            }

            throw new CryptographicException("The signing key that encrypted this is gone.");
        }
    }
}
