using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PlannedDiffusion.Hosting;
using Service;

// Service [QUESTION...]: answers all questions at the same time and ends.
HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Services.Configure<ServiceOptions>(builder.Configuration.GetSection("Service"));
builder.Services.AddSingleton(new Questions(args is [] ? ["What is gold?", "What is the aurora borealis?"] : args));

// One engine for all requests: those in flight share its forward passes. It loads while the host starts.
builder.Services.AddPlannedDiffusion(settings => settings.Model ??= "models/demo");
builder.Services.AddHostedService<Worker>();

await builder.Build().RunAsync();
