#include "hub/model_info.h"

#include "hub/failure.h"
#include "json/json.h"
#include "modelexport/source.h"

namespace modelexport::hub {
namespace {

bool is_yes(const json::Json& object, std::string_view key) {
  const json::Json* value = json::find(object, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

/// cardData.license (a name or a list of them), else the tag "license:NAME".
std::string license_of(const json::Json& info) {
  if (const json::Json* card = json::find(info, "cardData")) {
    if (const auto name = json::find_string(*card, "license")) return std::string(*name);
    if (const json::Json* list = json::find(*card, "license")) {
      for (const json::Json& item : json::elements(*list))
        if (item.is_string()) return item.get<std::string>();
    }
  }
  constexpr std::string_view kTag = "license:";
  if (const json::Json* tags = json::find(info, "tags")) {
    for (const json::Json& tag : json::elements(*tags)) {
      if (!tag.is_string()) continue;
      const std::string text = tag.get<std::string>();
      if (text.compare(0, kTag.size(), kTag) == 0) return text.substr(kTag.size());
    }
  }
  return {};
}

/// What goes into a stamp: a word, not a text.
std::string word(std::string text) {
  if (text.size() > 64) return {};
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) return {};
  return text;
}

}  // namespace

Result<ModelInfo> parse_model_info(std::string_view text, const std::string& url, const Limits& limits) {
  const auto parsed = json::parse(text, limits, url);
  if (!parsed || !parsed->is_object())
    return fail(bad_answer(url, "the answer is not the JSON that the Hub sends"));
  ModelInfo info;
  info.id = std::string(json::find_string(*parsed, "id").value_or(""));
  if (info.id.empty()) info.id = std::string(json::find_string(*parsed, "modelId").value_or(""));
  info.commit = std::string(json::find_string(*parsed, "sha").value_or(""));
  if (!source::is_hub_id(info.id)) return fail(bad_answer(url, "the answer names no model (field id)"));
  if (!source::is_commit(info.commit)) return fail(bad_answer(url, "the answer names no commit (field sha)"));
  info.is_private = is_yes(*parsed, "private");
  info.disabled = is_yes(*parsed, "disabled");
  info.gated = json::find_string(*parsed, "gated").has_value();
  info.license = word(license_of(*parsed));
  info.task = word(std::string(json::find_string(*parsed, "pipeline_tag").value_or("")));
  return info;
}

}  // namespace modelexport::hub
