using System.Text.Json;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// deploy/monitoring with Debian's Prometheus, Alertmanager and exporters, against the published app: each fault makes
/// one alert and one recovery, and nothing else. All times of the rules are a sixtieth, so that an hour is a minute.
/// </summary>
[Collection(nameof(RollingRestartTests))]
public sealed class MonitoringTests(Template template)
{
    [Fact]
    public async Task Each_fault_makes_one_alert_and_one_recovery_and_nothing_else()
    {
        Assert.SkipWhen(MonitoringStack.IsMissing, MonitoringStack.Missing);
        await using var stack = await MonitoringStack.Start(template);

        await stack.IsQuietFor(TimeSpan.FromSeconds(60));

        await Outage(stack.KillApp, stack.StartApp);
        await Outage(stack.StopDatabase, stack.StartDatabase);
        await Fault("MailsStuck", stack.SendMailToNowhere, stack.StartMailServer);
        await Fires("JobsFailed", stack.BreakJob);
        await stack.RepairJob();
        // Its rule looks back for an hour, so the next faults come meanwhile.
        stack.Receiver.MayCome("JobsFailed resolved");
        await Fault("DiskFull", stack.FillDisk, stack.FreeDisk);
        await Fault("CertificateExpires", () => stack.UseCertificate(days: 5), () => stack.UseCertificate(days: 60));
        await Fault("BackupOld", () => stack.WriteBackup(daysAgo: 2), () => stack.WriteBackup(daysAgo: 0));
        await stack.Receiver.Until("JobsFailed resolved");
        await Fault("TooManyRefused", stack.ExceedLimit, () => Task.CompletedTask);
        await NothingFollows();

        Assert.NotEmpty(stack.Receiver.Watchdogs);
        await EveryPanelHasAnswers(stack);

        async Task Outage(Func<Task> breaks, Func<Task> repairs)
        {
            await Fault("Down", breaks, repairs);
            // The next outage would silence it.
            await NothingFollows();
        }

        async Task Fault(string alert, Func<Task> breaks, Func<Task> repairs)
        {
            await Fires(alert, breaks);
            await repairs();
            await stack.Receiver.Until($"{alert} resolved");
        }

        async Task Fires(string alert, Func<Task> breaks)
        {
            await breaks();
            await stack.Receiver.Until($"{alert} firing");
        }

        // It would come within the longest window of a rule.
        Task NothingFollows() => stack.IsQuietFor(TimeSpan.FromSeconds(8));
    }

    private async Task EveryPanelHasAnswers(MonitoringStack stack)
    {
        var dashboard = (await template.Default()).Read("deploy/monitoring/dashboard.json");
        var expressions = JsonDocument.Parse(dashboard).RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)
            .ToList();

        Assert.InRange(expressions.Count, 20, 40);
        foreach (var expression in expressions)
        {
            // Jobs begin two minutes after the start.
            for (var tries = 0; await stack.Ask(expression) is null; tries++)
            {
                Assert.True(tries < 120, $"No answer: {expression}");
                await Task.Delay(1000);
            }
        }
    }

    [Fact]
    public async Task The_rules_pass_their_own_tests()
    {
        Assert.SkipWhen(MonitoringStack.IsMissing, MonitoringStack.Missing);
        var folder = Path.Combine((await template.Default()).Folder, "deploy", "monitoring");

        Assert.Contains("SUCCESS", await Cli.Run(folder, [], "promtool", "test", "rules", "alerts.test.yml"));
    }
}
