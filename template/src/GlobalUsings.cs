// The libraries that files of several layers use, and the namespaces on which the others of their layer stand. All
// others are imported where they are used. ArchitectureTests checks the arrows between the layers by types, not usings.
global using System.ComponentModel.DataAnnotations;
global using System.Reflection;
global using System.Security.Cryptography;
global using System.Text;
global using System.Text.Json;
global using System.Text.RegularExpressions;
global using System.Threading.RateLimiting;
global using FluentValidation;
global using Microsoft.AspNetCore.Identity;
global using Microsoft.EntityFrameworkCore;
global using Microsoft.EntityFrameworkCore.Metadata.Builders;
global using Microsoft.Extensions.Options;
global using ProdReady.Api.Errors;
global using ProdReady.Api.OpenApi;
global using ProdReady.Api.Requests;
global using ProdReady.Application;
global using ProdReady.Domain;
global using ProdReady.Hosting;
global using ProdReady.Infrastructure.Database;
global using ProdReady.Infrastructure.Jobs;
