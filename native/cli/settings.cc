#include "cli/settings.h"

#include <cctype>
#include <cstdlib>

namespace modelexport::cli {
namespace {

constexpr Setting kSettings[] = {
    {"color", "color", "MODELEXPORT_COLOR", "auto", "when messages are coloured", false},
    {"no-progress", "no-progress", "MODELEXPORT_NO_PROGRESS", "0", "draw no progress", false},
    {"offline", "offline", "MODELEXPORT_OFFLINE HF_HUB_OFFLINE TRANSFORMERS_OFFLINE", "0", "use no network",
     false},
    {"python", "python", "MODELEXPORT_PYTHON", "python3", "the Python that captures models", false},
    {"torch_worker", "", "MODELEXPORT_WORKER", "", "the program that reads TorchScript", false},
    {"onnxruntime", "", "MODELEXPORT_ONNXRUNTIME", "", "the ONNX Runtime library; none: use none", false},
    {"timeout", "timeout", "MODELEXPORT_TIMEOUT", "600", "seconds that the worker may take", false},
    {"endpoint", "", "HF_ENDPOINT", "https://huggingface.co", "the Hub", false},
    {"cache", "", "HF_HUB_CACHE HUGGINGFACE_HUB_CACHE", "", "the shared cache of the Hub's libraries", false},
    {"token", "", "HF_TOKEN HUGGING_FACE_HUB_TOKEN", "", "the Hub token", true},
    {"page", "", "MODELEXPORT_PAGE", "", "directory of the page that view serves", false},
    {"temporary", "", "TMPDIR", "/tmp", "where intermediate files go", false},
};

/// The cache follows HF_HOME and XDG_CACHE_HOME where it is not named itself.
SettingValue cache_default() {
  const auto from = [](const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
  };
  if (const std::string home = from("HF_HOME"); !home.empty()) return {home + "/hub", "HF_HOME"};
  if (const std::string xdg = from("XDG_CACHE_HOME"); !xdg.empty()) {
    return {xdg + "/huggingface/hub", "XDG_CACHE_HOME"};
  }
  return {from("HOME") + "/.cache/huggingface/hub", "default"};
}

}  // namespace

std::span<const Setting> all_settings() { return kSettings; }

SettingValue setting(const Arguments& arguments, std::string_view name) {
  for (const Setting& s : kSettings) {
    if (s.name != name) continue;
    if (!s.option.empty() && arguments.has(s.option)) {
      const std::string value = arguments.get(s.option);
      return {value.empty() ? "1" : value, "--" + std::string(s.option)};
    }
    std::string_view names = s.environment;
    while (!names.empty()) {
      const std::size_t space = names.find(' ');
      const std::string variable(names.substr(0, space));
      const char* value = std::getenv(variable.c_str());
      if (value != nullptr && *value != 0) return {s.secret ? "set" : value, variable};
      names.remove_prefix(space == std::string_view::npos ? names.size() : space + 1);
    }
    if (s.name == "cache") return cache_default();
    return {std::string(s.fallback), "default"};
  }
  return {"", "default"};
}

bool is_true(std::string_view value) {
  std::string lower;
  for (const char c : value) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower == "1" || lower == "true" || lower == "yes" || lower == "on";
}

}  // namespace modelexport::cli
