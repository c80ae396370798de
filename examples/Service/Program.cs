using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PlannedDiffusion.Engine;
using Service;

// Service [QUESTION...]: answers all questions at the same time and ends.
HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Services.Configure<ServiceOptions>(builder.Configuration.GetSection("Service"));
builder.Services.AddSingleton(new Questions(args is [] ? ["What is gold?", "What is the aurora borealis?"] : args));

// One engine for all requests: those in flight share its forward passes. The container disposes it behind the worker.
builder.Services.AddSingleton(services =>
    PlannedDiffusionEngine.Load(services.GetRequiredService<IOptions<ServiceOptions>>().Value.Model));
builder.Services.AddHostedService<Worker>();

await builder.Build().RunAsync();
