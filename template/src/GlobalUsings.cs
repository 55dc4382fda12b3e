// The namespaces that files of every room use. All others are imported where they are used.
global using System.ComponentModel.DataAnnotations;
global using Microsoft.EntityFrameworkCore;
global using Microsoft.Extensions.Options;
global using ProdReady.Application;
global using ProdReady.Domain;
