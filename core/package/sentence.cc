#include "package/sentence.h"

#include "components/closure.h"

namespace modelexport::package {
namespace {

using json::Json;

bool is_true(const Json& object, std::string_view key) {
  const Json* value = json::find(object, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::string pooling_of(const Json& config) {
  if (is_true(config, "pooling_mode_mean_tokens")) return "mean";
  if (is_true(config, "pooling_mode_cls_token")) return "cls";
  if (is_true(config, "pooling_mode_lasttoken")) return "last_token";
  return {};
}

void warn(Diagnostics& warnings, std::string message, std::string path, std::string field) {
  warnings.push_back(
      {ErrorCode::pack_elsewhere,
       Severity::warning,
       std::move(message),
       {.path = std::move(path), .field = std::move(field)},
       "Without network it must be in the shared cache of the machine that opens the package."});
}

}  // namespace

Result<SentenceFacts> sentence_facts(const ComponentSet& set, const Limits& limits) {
  SentenceFacts facts;
  if (!set.has("modules.json")) return facts;
  ME_TRY(const Json modules, set.document("modules.json", limits));
  if (!components::is_sentence_modules(modules)) return facts;
  for (const Json& module : json::elements(modules)) {
    const std::string_view type = json::find_string(module, "type").value_or(std::string_view{});
    const std::string config =
        std::string(json::find_string(module, "path").value_or(std::string_view{})) + "/config.json";
    if (ends_with(type, ".Normalize")) facts.normalize = true;
    if (!ends_with(type, ".Pooling") || !set.has(config)) continue;
    ME_TRY(const Json pooling, set.document(config, limits));
    facts.pooling = pooling_of(pooling);
  }
  return facts;
}

Status warn_about_other_repositories(const ComponentSet& set, const Limits& limits, Diagnostics& warnings) {
  for (const char* path : {"processor_config.json", "audio_tokenizer_config.json"}) {
    if (!set.has(path)) continue;
    ME_TRY(const Json document, set.document(path, limits));
    const Json* nested = json::find(document, "audio_tokenizer");
    const Json& holder = nested != nullptr ? *nested : document;
    const auto name = json::find_string(holder, "audio_tokenizer_name_or_path");
    if (name && !name->empty()) {
      warn(warnings, "The processor loads the audio tokenizer " + std::string(*name) + ".", path,
           "audio_tokenizer_name_or_path");
    }
  }
  if (set.has("preprocessor_config.json")) {
    ME_TRY(const Json document, set.document("preprocessor_config.json", limits));
    const auto table = json::find_string(document, "class_info_file");
    if (table && !set.has(*table)) {
      warn(warnings, "The image processor loads " + std::string(*table) + " from the Hub.",
           "preprocessor_config.json", "class_info_file");
    }
  }
  ME_TRY(const Json config, set.document("config.json", limits));
  const auto type = json::find_string(config, "model_type");
  if (type == "mgp-str") {
    warn(warnings, "The processor of MGP-STR loads two tokenizers from the Hub.", "config.json",
         "model_type");
  }
  const auto backbone = json::find_string(config, "backbone");
  const Json* own = json::find(config, "backbone_config");
  if (backbone && !backbone->empty() && (own == nullptr || own->is_null())) {
    warn(warnings, "transformers 5 asks the Hub about the backbone " + std::string(*backbone) + ".",
         "config.json", "backbone");
  }
  return {};
}

}  // namespace modelexport::package
