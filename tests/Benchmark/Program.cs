// Compares the generated app with a bare one (Bare/Program.cs): the same work on the same database, in turn, A B A B.
// The ratios of the pairs hold on another machine; the figures themselves do not. docs/performance.md has the results.
//
//   dotnet run --project tests/Benchmark -c Release [-- <pairs> <seconds> <work>…]
using ProdReadyTemplate.Benchmark;

var pairs = args.Length > 0 ? int.Parse(args[0]) : 5;
var seconds = args.Length > 1 ? int.Parse(args[1]) : 5;
var chosen = Work.All.Where(work => args.Length < 3 || args[2..].Contains(work.Name)).ToList();

var root = Root.Find();
await Root.Build(root, "template/src", "tests/Benchmark/Bare", "tests/Benchmark/Gauge");
await using var database = await Database.Create();
var settings = database.Settings();
var oursAssembly = Path.Combine(root, "template/src/bin/Release/net10.0/ProdReady.dll");
var bareAssembly = Path.Combine(root, "tests/Benchmark/Bare/bin/Release/net10.0/Bare.dll");
var (ours, bare) = (new App(oursAssembly, settings), new App(bareAssembly, settings));
await ours.Run("migrate");
await database.Seed();

var starts = new List<double>();
for (var i = 0; i < pairs; i++)
{
    starts.Add(await ours.Start() / await bare.Start());
    if (i < pairs - 1)
    {
        await ours.Stop();
        await bare.Stop();
    }
}

Console.WriteLine($"{pairs} pairs of {seconds} s, {Load.Connections} connections, {Environment.ProcessorCount} cores");
Console.WriteLine("Ratio of the app to the bare one: median (least to most)\n");
Console.WriteLine(Report.Heading);
foreach (var work in chosen)
{
    var (oursUrl, bareUrl) = (work.Url(ours.Port, database.TicketId), work.Url(bare.Port, database.TicketId));
    await Load.Run(ours, work, oursUrl, database.Token, seconds: 3);
    await Load.Run(bare, work with { HasKey = false }, bareUrl, database.Token, seconds: 3);
    var results = new List<(Result Ours, Result Bare)>();
    for (var i = 0; i < pairs; i++)
    {
        results.Add((
            await Load.Run(ours, work, oursUrl, database.Token, seconds),
            await Load.Run(bare, work with { HasKey = false }, bareUrl, database.Token, seconds)));
    }

    Console.WriteLine(Report.Row(work.Name, results));
}

Console.WriteLine();
Console.WriteLine($"start to ready     {Report.Spread(starts)}");
Console.WriteLine($"memory after load  {(double)ours.WorkingSet / bare.WorkingSet:0.00}"
    + $" ({ours.WorkingSet >> 20} MiB, {bare.WorkingSet >> 20} MiB)");
await ours.Stop();
await bare.Stop();

Console.WriteLine("\nCommands to the database for a request, in how many round trips");
foreach (var assembly in new[] { oursAssembly, bareAssembly })
{
    using var wire = database.Watch();
    var app = new App(assembly, database.Settings(wire));
    await app.Start();
    foreach (var work in chosen)
    {
        var count = await Load.Count(app, wire, work, database);
        Console.WriteLine($"{Path.GetFileNameWithoutExtension(assembly),-10}{work.Name,-14}{count}");
    }

    await app.Stop();
}
