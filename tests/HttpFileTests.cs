using System.Text.Json;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// requests.http is for three clients whose syntax differs. No other than Rider reads a script behind a request
/// ("&gt; {%"), Rider reads no value of an answer and no $guid. So the file has neither, but for variables that a user
/// of Rider replaces by hand.
/// </summary>
public sealed partial class HttpFileTests(Template template)
{
    private const string FromLink = "the-token-in-the-link";

    [Fact]
    public async Task It_has_only_what_three_clients_read()
    {
        foreach (var project in new[] { await template.Default(), await template.WithoutSample() })
        {
            var text = project.Read("requests.http");
            var file = new HttpFile(text);
            var variables = new HashSet<string> { "host", "api", "email", "password" };
            var names = new HashSet<string>();

            Assert.DoesNotMatch(@"(?m)^\s*[<>]|\{\{\$|#if|#endif", text);
            foreach (var request in file.Requests)
            {
                foreach (var variable in request.Defines)
                {
                    var value = file.Variables[variable];
                    var isPasted = Regex.IsMatch(request.Text, $@"# Rider: paste the \w+ .+\n@{variable} = ");
                    Assert.True(value == FromLink || isPasted, $"What is pasted in Rider for {variable}?");
                    Assert.True(
                        value == FromLink || names.Contains(HttpFile.Reference().Match(value).Groups["request"].Value),
                        $"{value} is no answer to a request above.");
                    variables.Add(variable);
                }

                var used = Used().Matches(request.Text).Select(use => use.Groups[1].Value)
                    .Where(use => !file.Variables.ContainsValue($"{{{{{use}}}}}"));
                Assert.Subset(variables, used.ToHashSet());
                Assert.Equal(request.Text.Contains("@name"), request.Name is not null && names.Add(request.Name));
            }
        }
    }

    [Fact]
    public async Task Each_request_gets_the_answer_that_its_title_says()
    {
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        var folder = Directory.CreateDirectory(Path.Combine(template.Work, "httpyac")).FullName;
        var package = Path.Combine(Template.Repository, "tests", "httpyac", "package.json");
        File.Copy(package, Path.Combine(folder, "package.json"));
        var installed = Node.Npm(folder, "install", "--no-audit", "--no-fund", "--prefer-offline");
        var project = await template.Default();
        await installed;

        await project.WhileRunning(
            async client =>
            {
                var file = new HttpFile(project.Read("requests.http"));
                file.Variables["host"] = client.BaseAddress!.GetLeftPart(UriPartial.Authority);
                await SendAll(file, folder, new Visitor(Mailboxes.FolderOf(project), file.Variables["email"]));
            },
            new() { ["PwnedPasswords__Enabled"] = "false", ["RateLimits__Auth__PermitLimit"] = "1000" });
    }

    // As in Rider: what an answer or a mail brings is pasted, and the next requests are sent.
    private static async Task SendAll(HttpFile file, string folder, Visitor visitor)
    {
        var answers = new Dictionary<string, JsonElement>();
        var next = new List<HttpFile.Request>();
        foreach (var request in file.Requests)
        {
            foreach (var variable in request.Defines)
            {
                var reference = HttpFile.Reference().Match(file.Variables[variable]);
                var named = reference.Groups["request"].Value;
                if (!reference.Success || !answers.ContainsKey(named))
                {
                    await Send(file, folder, next, answers);
                    next.Clear();
                }

                file.Variables[variable] = reference.Success
                    ? answers[named].GetProperty(reference.Groups["member"].Value).ToString()
                    : await visitor.MailedToken(Page().Match(request.Text).Groups[1].Value);
            }

            next.Add(request);
        }

        await Send(file, folder, next, answers);
    }

    private static async Task Send(
        HttpFile file, string folder, List<HttpFile.Request> requests, Dictionary<string, JsonElement> answers)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "requests.http"), file.With(requests));
        var output = await Node.Npm(folder, "run", "--silent", "send");
        var responses = JsonDocument.Parse(output[output.IndexOf('{')..(output.LastIndexOf('}') + 1)]).RootElement
            .GetProperty("requests").EnumerateArray().Select(sent => sent.GetProperty("response")).ToList();

        Assert.Equal(requests.Count, responses.Count);
        foreach (var (request, response) in requests.Zip(responses))
        {
            var status = response.GetProperty("statusCode").ToString();
            Assert.True(
                request.Status is null ? status[0] == '2' : status == request.Status,
                $"{request.Title}: {status} {response}");
            if (request.Name is not null)
            {
                answers[request.Name] = JsonDocument.Parse(response.GetProperty("body").GetString()!).RootElement;
            }
        }
    }

    [GeneratedRegex(@"\{\{(.+?)\}\}")]
    private static partial Regex Used();

    [GeneratedRegex(@"/auth/([\w-]+)")]
    private static partial Regex Page();
}
