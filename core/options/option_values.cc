#include "options/option_values.h"

#include <algorithm>

#include "json/json.h"

namespace modelexport::options {
namespace {

using json::Json;

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

Result<std::string> text_of(const std::string& name, const Json& value) {
  if (const auto* text = value.get_ptr<const Json::string_t*>()) return *text;
  if (value.is_number_integer()) return json::dump(value);
  return fail(ErrorCode::cli_usage, "the option '" + name + "' has no such values", {},
              "a string, a whole number, true or false, or an array of strings");
}

Status read_option(const std::string& name, const Json& value, OptionValues& values) {
  if (value.is_null() || value == false) return {};
  std::vector<std::string>& texts = values[name];
  if (value == true) return {};
  if (!value.is_array()) {
    ME_TRY(std::string text, text_of(name, value));
    texts.push_back(std::move(text));
    return {};
  }
  for (const Json& item : json::elements(value)) {
    ME_TRY(std::string text, text_of(name, item));
    texts.push_back(std::move(text));
  }
  if (texts.empty()) values.erase(name);
  return {};
}

}  // namespace

bool has(const OptionValues& values, std::string_view name) { return values.find(name) != values.end(); }

std::string get(const OptionValues& values, std::string_view name, std::string_view fallback) {
  const auto found = values.find(name);
  return found == values.end() || found->second.empty() ? std::string(fallback) : found->second.back();
}

const std::vector<std::string>& all(const OptionValues& values, std::string_view name) {
  static const std::vector<std::string> none;
  const auto found = values.find(name);
  return found == values.end() ? none : found->second;
}

Result<OptionValues> read_options(std::string_view text, std::span<const std::string_view> known,
                                  const Limits& limits) {
  ME_TRY(const Json document, json::parse(text, limits, "options"));
  if (!document.is_object()) return fail(ErrorCode::cli_usage, "options are an object of names and values");
  OptionValues values;
  for (const auto& [name, value] : json::members(document)) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return fail(ErrorCode::cli_usage, "unknown option '" + name + "'", {}, "options: " + listed(known));
    }
    ME_CHECK(read_option(name, value, values));
  }
  return values;
}

}  // namespace modelexport::options
