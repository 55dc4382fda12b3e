using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed class PasswordTests(SharedApp app)
{
    [Theory]
    [InlineData("xq7 mf2 zk9 wv")]
    [InlineData("😀🎃🚂🌵🎻🐙🥨🧭🎈🛶🧵🦔🪁🍄")]
    public async Task Fourteen_characters_are_too_few(string password) =>
        await (await Register(Scenarios.NewAddress(), password)).ShouldNameInvalid("password");

    [Theory]
    [InlineData("xq7 mf2 zk9 wv4")]
    [InlineData("ѕеаgullѕ wаtсh тhе hаrbоur")]
    [InlineData("   spaces around it are a part of it   ")]
    [InlineData("seven green teapots sing")]
    public async Task A_long_password_of_any_characters_is_accepted(string password)
    {
        var email = Scenarios.NewAddress();

        Assert.Equal(HttpStatusCode.Accepted, (await Register(email, password)).StatusCode);

        await ShouldSignIn(email, password);
    }

    [Fact]
    public async Task The_longest_password_is_not_truncated()
    {
        var emojis = Enumerable.Range(0, 128).Select(i => char.ConvertFromUtf32(0x1F600 + (i * 7 % 79)));
        var password = string.Concat(emojis);
        var email = Scenarios.NewAddress();

        await Register(email, password);

        await ShouldSignIn(email, password);
        using var client = app.CreateClient();
        await (await client.LogIn(email, password[..^2])).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        await (await Register(email, password + "!")).ShouldNameInvalid("password");
    }

    [Fact]
    public async Task A_password_is_compared_exactly()
    {
        const string Password = "Sëven green teapots sing";
        var email = Scenarios.NewAddress();
        await Register(email, Password);
        await ShouldSignIn(email, Password);
        using var client = app.CreateClient();

        string[] others =
        [
            " " + Password, Password + " ", Password.ToLowerInvariant(),
            // The same letters in another Unicode normalization form.
            "Se\u0308ven green teapots sing",
        ];

        foreach (var other in others)
        {
            await (await client.LogIn(email, other)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        }
    }

    [Theory]
    [InlineData("passwordpassword")]
    [InlineData("123456789012345")]
    [InlineData("zzzzzzzzzzzzzzzzzzzz")]
    [InlineData("qwertyuiopasdfgh")]
    [InlineData("iloveyouiloveyou")]
    public async Task An_easily_guessed_password_is_refused(string password)
    {
        var response = await Register(Scenarios.NewAddress(), password);

        var problem = await response.ShouldBe(HttpStatusCode.BadRequest, "validation-failed");
        Assert.StartsWith(
            "Is too easy to guess.", problem.GetProperty("errors").GetProperty("password")[0].GetString());
    }

    [Theory]
    [InlineData("121212121212121212")]
    [InlineData("adminadminadminadmin")]
    [InlineData("AdminadminADMINadmin")]
    [InlineData("adminadminadminadmin1")]
    [InlineData("1adminadminadminadmin")]
    [InlineData("summer2024summer2024")]
    [InlineData("summer2024Summer2024sum")]
    [InlineData("admin-admin-admin-admin")]
    public async Task A_repeated_text_is_as_weak_as_the_text(string password) =>
        await (await Register(Scenarios.NewAddress(), password)).ShouldNameInvalid("password");

    // What attackers try first, from the lists that zxcvbn brings along.
    [Fact]
    public async Task Repetitions_of_the_most_common_passwords_are_refused()
    {
        await using var list = typeof(Zxcvbn.Zxcvbn).Assembly
            .GetManifestResourceStream("zxcvbn-core.Dictionaries.passwords.lst")!;
        using var reader = new StreamReader(list);
        var common = new List<string>();
        while (common.Count < 100 && await reader.ReadLineAsync(Scenarios.Ct) is { } word)
        {
            common.Add(word.Trim());
        }

        Assert.Equal(100, common.Count);
        foreach (var word in common)
        {
            var whole = string.Concat(Enumerable.Repeat(word, (14 / word.Length) + 1));
            string[] passwords = [whole, (whole + word)[..Math.Max(15, whole.Length - 1)], whole + "1!", whole + whole];
            foreach (var password in passwords)
            {
                await (await Register(Scenarios.NewAddress(), password)).ShouldNameInvalid("password");
            }
        }
    }

    [Fact]
    public async Task The_parts_of_the_address_and_the_name_of_the_product_make_a_weak_password()
    {
        var product = typeof(Program).Assembly.GetName().Name!;
        var repeated = string.Concat(Enumerable.Repeat(product, 15 / product.Length + 1));

        await (await Register("margarete.oberhuber@example.com", "Margarete.Oberhuber1"))
            .ShouldNameInvalid("password");
        await (await Register(Scenarios.NewAddress(), repeated)).ShouldNameInvalid("password");
        Assert.Equal(
            HttpStatusCode.Accepted, (await Register(Scenarios.NewAddress(), "Margarete.Oberhuber1")).StatusCode);
    }

    [Fact]
    public async Task A_weak_password_is_refused_for_a_known_address_too()
    {
        var known = await app.ConfirmedUser();

        await (await Register(known, "passwordpassword")).ShouldNameInvalid("password");
        await (await Register(known, "short")).ShouldNameInvalid("password");
    }

    [Fact]
    public async Task An_old_hash_is_replaced_at_sign_in()
    {
        await using var real = await new App { HashesSlowly = true }.Started();
        var email = await real.ConfirmedUser();
        var old = new PasswordHasher<User>(Options.Create(new PasswordHasherOptions { IterationCount = 100_000 }));
        var hash = old.HashPassword(null!, Scenarios.Password);
        await real.Query(db => db.Users.Where(user => user.Email == email).ExecuteUpdateAsync(
            set => set.SetProperty(user => user.PasswordHash, hash), Scenarios.Ct));
        using var client = real.CreateClient();

        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email)).StatusCode);

        var user = await real.Query(db => db.Users.SingleAsync(u => u.Email == email, Scenarios.Ct));
        Assert.StartsWith("010000000200035B60", Convert.ToHexString(Convert.FromBase64String(user.PasswordHash!)));
        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email)).StatusCode);
    }

    private async Task<HttpResponseMessage> Register(string email, string password)
    {
        using var client = app.CreateClient();

        return await client.SignUp(email, password);
    }

    private async Task ShouldSignIn(string email, string password)
    {
        using var client = app.CreateClient();
        await client.Post(
            "/api/v1/auth/confirm-email", new { email, token = await app.MailedToken(email) });

        Assert.Equal(HttpStatusCode.OK, (await client.LogIn(email, password)).StatusCode);
    }
}
