#include "package/web_edits.h"

#include <array>

#include "components/json_members.h"
#include "components/json_text.h"
#include "package/version_edits.h"

namespace modelexport::package {
namespace {

using json::Json;

constexpr std::string_view kTokenizer = "tokenizer.json";
constexpr std::string_view kTokenizerConfig = "tokenizer_config.json";
constexpr std::string_view kSpecialTokens = "special_tokens_map.json";
constexpr std::string_view kTemplate = "chat_template.jinja";
constexpr std::string_view kTemplates = "additional_chat_templates/";
constexpr std::string_view kLegacyTemplate = "chat_template.json";

constexpr std::array kRoles = {"bos_token", "eos_token", "unk_token", "sep_token",
                               "pad_token", "cls_token", "mask_token"};

struct KnownToken {
  std::string_view content, role;
};
/// Roles of tokens whose name says it, for tokenizers that state them nowhere.
constexpr std::array kKnownTokens = {KnownToken{"[UNK]", "unk_token"},   KnownToken{"[SEP]", "sep_token"},
                                     KnownToken{"[PAD]", "pad_token"},   KnownToken{"[CLS]", "cls_token"},
                                     KnownToken{"[MASK]", "mask_token"}, KnownToken{"<s>", "bos_token"},
                                     KnownToken{"</s>", "eos_token"},    KnownToken{"<unk>", "unk_token"},
                                     KnownToken{"<pad>", "pad_token"},   KnownToken{"<mask>", "mask_token"}};

bool has_any_tokenizer(const ComponentSet& set) {
  for (const auto& [path, file] : set.files()) {
    if (file.planned.reason == "tokenizer" && path.find('/') == std::string::npos) return true;
  }
  return false;
}

Status require_tokenizer_json(const ComponentSet& set) {
  if (set.has(kTokenizer) || !has_any_tokenizer(set)) return {};
  return fail(ErrorCode::pack_target,
              "transformers.js needs tokenizer.json, and the source has the tokenizer only in forms that "
              "Python converts.",
              {.path = std::string(kTokenizer)},
              "Convert it: python3 -c \"from transformers import AutoTokenizer as T; "
              "T.from_pretrained('SOURCE', use_fast=True).save_pretrained('SOURCE')\", then pack again.");
}

/// Roles by the names of tokenizer.json's special tokens.
Result<Json> known_roles(const ComponentSet& set, const Limits& limits) {
  Json roles = Json::object();
  ME_TRY(const Json tokenizer, set.document(kTokenizer, limits));
  const Json* added = json::find(tokenizer, "added_tokens");
  if (added == nullptr) return roles;
  for (const Json& token : json::elements(*added)) {
    const auto content = json::find_string(token, "content");
    for (const KnownToken& known : kKnownTokens) {
      if (content == known.content && json::find(roles, known.role) == nullptr) {
        roles[std::string(known.role)] = known.content;
      }
    }
  }
  return roles;
}

/// tokenizer_config.json with nothing but the roles: Python then chooses the class as it does without the
/// file.
Status make_tokenizer_config(ComponentSet& set, const Limits& limits) {
  if (!set.has(kTokenizer) || set.has(kTokenizerConfig)) return {};
  Json roles = Json::object();
  if (!set.has(kSpecialTokens)) {
    ME_TRY(roles, known_roles(set, limits));
  }
  set.add(std::string(kTokenizerConfig), json::dump(roles, 2) + "\n",
          "made for transformers.js: roles of the special tokens");
  return {};
}

/// Roles that stand only in special_tokens_map.json.
Status merge_roles(ComponentSet& set, const Limits& limits) {
  if (!set.has(kSpecialTokens) || !set.has(kTokenizerConfig)) return {};
  ME_TRY(const std::string map, set.text(kSpecialTokens));
  ME_TRY(const Json config, set.document(kTokenizerConfig, limits));
  for (const char* role : kRoles) {
    const Json* present = json::find(config, role);
    if (present != nullptr && !present->is_null()) continue;
    const auto member = components::find_root_member(map, role);
    if (!member) continue;
    ME_CHECK(set.set_member(
        kTokenizerConfig, role, map.substr(member->value_begin, member->value_end - member->value_begin),
        std::string(role) + ": from special_tokens_map.json, which transformers.js does not read"));
  }
  return {};
}

struct Template {
  std::string name, text;
};

Result<std::vector<Template>> find_templates(const ComponentSet& set, const Limits& limits) {
  std::vector<Template> out;
  if (set.has(kTemplate)) {
    ME_TRY(std::string text, set.text(kTemplate));
    out.push_back({"default", std::move(text)});
  } else if (set.has(kLegacyTemplate)) {
    ME_TRY(const Json legacy, set.document(kLegacyTemplate, limits));
    if (const auto text = json::find_string(legacy, "chat_template")) {
      out.push_back({"default", std::string(*text)});
    }
  }
  for (const auto& [path, file] : set.files()) {
    if (std::string_view(path).substr(0, kTemplates.size()) != kTemplates) continue;
    ME_TRY(std::string text, set.text(path));
    const std::size_t dot = path.rfind('.');
    out.push_back({path.substr(kTemplates.size(), dot - kTemplates.size()), std::move(text)});
  }
  return out;
}

Status insert_chat_template(ComponentSet& set, const Limits& limits) {
  if (!set.has(kTokenizerConfig)) return {};
  ME_TRY(const auto templates, find_templates(set, limits));
  if (templates.empty()) return {};
  Json value = Json::array();
  for (const Template& item : templates) value.push_back({{"name", item.name}, {"template", item.text}});
  if (templates.size() == 1 && templates.front().name == "default") value = templates.front().text;
  return set.set_member(kTokenizerConfig, "chat_template", json::dump(value),
                        "chat_template: the text of the template files, which transformers.js does not read");
}

/// NaN and Infinity in forms that both Python and JavaScript read.
std::string strict_numbers(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
      out.append(text.substr(at, end - at));
      at = end;
    } else if (text.substr(at, 8) == "Infinity") {
      out += "1e999";
      at += 8;
    } else if (text.substr(at, 3) == "NaN") {
      out += "null";
      at += 3;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace

Status make_strict_json(ComponentSet& set) {
  for (const char* path :
       {"config.json", "generation_config.json", "preprocessor_config.json", "tokenizer_config.json"}) {
    if (!set.has(path)) continue;
    ME_TRY(const std::string text, set.text(path));
    std::string strict = strict_numbers(text);
    if (strict != text) set.replace(path, std::move(strict), "Infinity written as 1e999, NaN as null");
  }
  return {};
}

Status edit_for_web(ComponentSet& set, const components::ConfigFacts& facts, const Limits& limits,
                    Diagnostics& warnings) {
  ME_CHECK(require_tokenizer_json(set));
  ME_CHECK(make_tokenizer_config(set, limits));
  ME_CHECK(merge_roles(set, limits));
  ME_CHECK(insert_chat_template(set, limits));
  if (facts.model_type == "whisper" && !set.has("generation_config.json")) {
    warnings.push_back({ErrorCode::pack_named_missing,
                        Severity::warning,
                        "transformers.js needs the languages and tasks of generation_config.json.",
                        {.path = "generation_config.json"},
                        "Copy the file from the model's source."});
  }
  return {};
}

Status set_web_config(ComponentSet& set, const Json& value, const Limits& limits) {
  constexpr const char* kKey = "transformers.js_config";
  ME_TRY(const Json config, set.document("config.json", limits));
  Json merged = Json::object();
  if (const Json* present = json::find(config, kKey); present != nullptr && present->is_object()) {
    merged = *present;
    for (const char* stale : {"dtype", "use_external_data_format", "device_config"}) merged.erase(stale);
  }
  for (const auto& [key, item] : json::members(value)) merged[key] = item;
  if (merged.empty() && json::find(config, kKey) == nullptr) return {};
  return set.set_member("config.json", kKey, json::dump(merged),
                        "transformers.js_config: which ONNX files transformers.js opens");
}

}  // namespace modelexport::package
