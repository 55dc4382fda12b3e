using System.Text;
using CsCheck;
using ProdReady.Tests.Platform.Requests;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

internal static class FuzzedForms
{
    public static Gen<FuzzedBody?> Any()
    {
        var file = Gen.Select(
            Gen.OneOf(Pictures.Photo, [], "a"u8.ToArray(), Pictures.Photo[..50]),
            Gen.OneOf("photo.png", "a.exe", "", "../a.png", "a\0.png", "😀.png", "a\".png", new string('a', 500)),
            Gen.OneOf("image/png", "image/jpeg", "text/html", "image/*", "", "a"),
            Gen.OneOf("file", "FILE", "other", ""),
            (content, name, type, part) => Form(part, name, type, content));
        var valid = Gen.Const(Form("file", "photo.png", "image/png", Pictures.Photo));
        var whole = Gen.Frequency((2, valid), (3, file));
        var broken = Gen.Select(whole, Gen.Int[0, 9_999], (form, at) => form[..(at % (form.Length + 1))]);

        return Gen.Frequency(
            (6, whole.Select(FuzzedBody? (form) => new("multipart/form-data; boundary=XX", form))),
            (1, broken.Select(FuzzedBody? (form) => new("multipart/form-data; boundary=XX", form))),
            (1, whole.Select(FuzzedBody? (form) => new("multipart/form-data; boundary=YY", form))),
            (1, whole.Select(FuzzedBody? (form) => new("multipart/form-data", form))),
            (1, Gen.Byte.Array[0, 200].Select(FuzzedBody? (bytes) => new("multipart/form-data; boundary=XX", bytes))),
            (1, Gen.OneOf(FuzzedBodies.OddBodies).Select(FuzzedBody? (text) => FuzzedBodies.Json(text))));
    }

    private static byte[] Form(string part, string name, string type, byte[] content) =>
    [
        .. Encoding.UTF8.GetBytes(
            $"--XX\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\n"
            + $"Content-Type: {type}\r\n\r\n"),
        .. content,
        .. "\r\n--XX--\r\n"u8,
    ];
}
