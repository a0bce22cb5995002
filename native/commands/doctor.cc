// `doctor`: settings with their origins, and what the program found around itself.
#include <unistd.h>

#include "cli/context.h"
#include "commands/installation.h"
#include "commands/table.h"
#include "hub/hub_settings.h"

namespace modelexport::commands {
namespace {

json::Json path_or_null(const std::optional<std::string>& path) {
  return path ? json::Json(*path) : json::Json();
}

/// A setting as the program uses it: "~" and "$NAME" of the cache are replaced as the Hub's libraries do it.
cli::SettingValue shown_value(const cli::Context& context, std::string_view name) {
  cli::SettingValue value = context.setting(name);
  if (name == "cache") value.value = hub::expand_path(value.value);
  return value;
}

json::Json found_json(const cli::Context& context) {
  json::Json found = json::Json::object();
  found["torch_worker"] = path_or_null(find_worker(context));
  found["onnxruntime"] = path_or_null(find_onnxruntime(context).library);
  found["python"] = path_or_null(find_python(context));
  const std::string cache = shown_value(context, "cache").value;
  found["cache"] = ::access(cache.c_str(), R_OK) == 0 ? json::Json(cache) : json::Json();
  return found;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.resize(width, ' ');
  return out;
}

void print_text(cli::Context& context, const json::Json& document) {
  context.out.line("modelexport " MODELEXPORT_VERSION "\n\nsettings");
  for (const json::Json& item : json::elements(*json::find(document, "settings"))) {
    const std::string_view value = json::find_string(item, "value").value_or("");
    context.out.line("  " + padded(json::find_string(item, "name").value_or(""), 16) +
                     padded(value.empty() ? "-" : value, 40) + "  " +
                     std::string(json::find_string(item, "origin").value_or("")));
  }
  context.out.line("\nfound");
  for (const auto& [name, value] : json::members(*json::find(document, "found"))) {
    context.out.line("  " + padded(name, 16) +
                     (value.is_null() ? "not found" : value.get_ref<const std::string&>()));
  }
}

Result<int> run(cli::Context& context) {
  json::Json settings = json::Json::array();
  for (const cli::Setting& setting : cli::all_settings()) {
    const cli::SettingValue value = shown_value(context, setting.name);
    json::Json item = json::Json::object();
    item["name"] = setting.name;
    item["value"] = value.value;
    item["origin"] = value.origin;
    settings.push_back(item);
  }
  json::Json document = json::Json::object();
  document["schema"] = "modelexport/doctor/1";
  document["version"] = MODELEXPORT_VERSION;
  document["settings"] = settings;
  document["found"] = found_json(context);
  if (context.json()) {
    context.print(document);
  } else {
    print_text(context, document);
  }
  return 0;
}

constexpr cli::Option kOptions[] = {
    {.name = "python", .value = "PATH", .help = "the Python to look at"},
};
constexpr cli::Example kExamples[] = {
    {"modelexport doctor", "Which settings hold, and where each comes from"},
    {"modelexport doctor --json", "The same for a bug report; secrets are never printed"},
};

}  // namespace

constexpr cli::Command kDoctor{
    .name = "doctor",
    .arguments = "",
    .summary = "settings with their origins, and what was found",
    .description =
        "Prints every setting with its value and origin (option, environment variable or default), and "
        "where the TorchScript worker, Python, ONNX Runtime and the Hub cache were found.",
    .options = kOptions,
    .option_aliases = {},
    .examples = kExamples,
    .run = run,
};

}  // namespace modelexport::commands
