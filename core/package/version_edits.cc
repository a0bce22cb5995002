#include "package/version_edits.h"

#include "components/json_members.h"

namespace modelexport::package {
namespace {

using json::Json;

constexpr std::string_view kTokenizerConfig = "tokenizer_config.json";
constexpr std::string_view kPreprocessor = "preprocessor_config.json";
constexpr std::string_view kProcessor = "processor_config.json";
constexpr std::string_view kPil = "Pil";

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::string without_pil(std::string_view type) {
  if (ends_with(type, kPil)) type.remove_suffix(kPil.size());
  return std::string(type);
}

Status edit_tokenizer(ComponentSet& set, const std::string& path, const Limits& limits) {
  ME_TRY(const Json document, set.document(path, limits));
  if (json::find_string(document, "tokenizer_class") == "TokenizersBackend") {
    ME_CHECK(set.set_member(path, "tokenizer_class", "\"PreTrainedTokenizerFast\"",
                            "tokenizer_class: TokenizersBackend, which transformers 4 does not know, is "
                            "PreTrainedTokenizerFast there"));
  }
  const Json* extra = json::find(document, "extra_special_tokens");
  if (extra == nullptr || !extra->is_array()) return {};
  ME_TRY(std::string text, set.text(path));
  if (json::find(document, "additional_special_tokens") != nullptr) return {};
  const auto member = components::find_root_member(text, "extra_special_tokens");
  if (!member) return {};
  text.replace(member->begin, std::string_view("\"extra_special_tokens\"").size(),
               "\"additional_special_tokens\"");
  set.replace(path, std::move(text),
              "extra_special_tokens: a list is additional_special_tokens in transformers 4");
  return {};
}

}  // namespace

Status edit_for_versions(ComponentSet& set, const Limits& limits) {
  std::vector<std::string> tokenizers;
  for (const auto& [path, file] : set.files()) {
    if (path == kTokenizerConfig || ends_with(path, "/tokenizer_config.json")) tokenizers.push_back(path);
  }
  for (const std::string& path : tokenizers) ME_CHECK(edit_tokenizer(set, path, limits));
  if (!set.has(kPreprocessor)) return {};
  ME_TRY(const Json document, set.document(kPreprocessor, limits));
  const std::string type(json::find_string(document, "image_processor_type").value_or(std::string_view{}));
  if (!ends_with(type, kPil)) return {};
  return set.set_member(kPreprocessor, "image_processor_type", components::json_quoted(without_pil(type)),
                        "image_processor_type: without the ending Pil, which only transformers 5 knows");
}

Status add_preprocessor(ComponentSet& set, const Limits& limits) {
  if (set.has(kPreprocessor) || !set.has(kProcessor)) return {};
  ME_TRY(const Json document, set.document(kProcessor, limits));
  Json made = Json::object();
  std::string parts;
  for (const char* key : {"image_processor", "feature_extractor", "audio_processor"}) {
    const Json* part = json::find(document, key);
    if (part == nullptr || !part->is_object()) continue;
    for (const auto& [name, value] : json::members(*part)) {
      if (json::find(made, name) == nullptr) made[name] = value;
    }
    parts += (parts.empty() ? "" : " and ") + std::string(key);
  }
  if (parts.empty()) return {};
  if (const auto type = json::find_string(made, "image_processor_type"); type && ends_with(*type, kPil)) {
    made["image_processor_type"] = without_pil(*type);
  }
  if (const auto name = json::find_string(document, "processor_class")) {
    made["processor_class"] = std::string(*name);
  }
  set.add(std::string(kPreprocessor), json::dump(made, 2) + "\n",
          "made from " + parts + " of processor_config.json");
  return {};
}

}  // namespace modelexport::package
