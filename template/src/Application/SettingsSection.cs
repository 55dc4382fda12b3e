using System.Reflection;

namespace ProdReady.Application;

/// <summary>A section of the settings, and the class that it is bound to.</summary>
internal sealed record SettingsSection(string Name, Type Type)
{
    public IEnumerable<string> Keys() => Type.GetProperties().Select(property => KeyOf(Name, property));

    /// <summary>The whole key of a setting. Those that others named, such as AllowedHosts, stand in no section.</summary>
    public static string KeyOf(string section, PropertyInfo property)
    {
        var name = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? property.Name;

        return section.Length == 0 ? name : ConfigurationPath.Combine(section, name);
    }
}
