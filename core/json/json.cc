#include "json/json.h"

namespace modelexport::json {
namespace {

tl::unexpected<Diagnostic> type_error(const Path& at, std::string_view expected, const Json& value) {
  return field_error(at, "must be " + std::string(expected) + ", but is " + std::string(value.type_name()));
}

}  // namespace

std::string dump(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string Path::text() const {
  std::string before = parent != nullptr ? parent->text() : std::string();
  if (index != kNoIndex) return before + "[" + std::to_string(index) + "]";
  if (key.empty()) return before;
  if (!before.empty()) before += '.';
  return before + std::string(key);
}

tl::unexpected<Diagnostic> field_error(const Path& at, std::string what) {
  std::string field = at.text();
  std::string message = (field.empty() ? std::string("the document") : "`" + field + "`") + " " + what;
  return fail(ErrorCode::json_field, std::move(message), {{}, std::move(field), std::nullopt});
}

const Json* find(const Json& object, std::string_view key) {
  const auto* members = object.get_ptr<const Json::object_t*>();
  if (members == nullptr) return nullptr;
  for (const auto& member : *members) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Result<const Json*> get(const Json& object, std::string_view key, const Path& at) {
  if (!object.is_object()) return type_error(at, "an object", object);
  const Json* value = find(object, key);
  if (value == nullptr) return field_error({&at, key}, "is missing");
  return value;
}

Result<const Json*> get_object(const Json& object, std::string_view key, const Path& at) {
  ME_TRY(const Json* value, get(object, key, at));
  if (!value->is_object()) return type_error({&at, key}, "an object", *value);
  return value;
}

Result<const Json*> get_array(const Json& object, std::string_view key, const Path& at) {
  ME_TRY(const Json* value, get(object, key, at));
  if (!value->is_array()) return type_error({&at, key}, "an array", *value);
  return value;
}

Result<std::string_view> as_string(const Json& value, const Path& at) {
  const auto* text = value.get_ptr<const Json::string_t*>();
  if (text == nullptr) return type_error(at, "a string", value);
  return std::string_view(*text);
}

Result<std::int64_t> as_int(const Json& value, const Path& at) {
  if (const auto* u = value.get_ptr<const Json::number_unsigned_t*>()) {
    if (*u <= static_cast<std::uint64_t>(INT64_MAX)) return static_cast<std::int64_t>(*u);
    return field_error(at, "does not fit into 64 bits");
  }
  if (const auto* i = value.get_ptr<const Json::number_integer_t*>()) return *i;
  return type_error(at, "an integer", value);
}

Result<double> as_number(const Json& value, const Path& at) {
  if (const auto* f = value.get_ptr<const Json::number_float_t*>()) return *f;
  if (const auto* u = value.get_ptr<const Json::number_unsigned_t*>()) return static_cast<double>(*u);
  if (const auto* i = value.get_ptr<const Json::number_integer_t*>()) return static_cast<double>(*i);
  return type_error(at, "a number", value);
}

Result<bool> as_bool(const Json& value, const Path& at) {
  const auto* b = value.get_ptr<const Json::boolean_t*>();
  if (b == nullptr) return type_error(at, "true or false", value);
  return *b;
}

Result<std::string_view> get_string(const Json& object, std::string_view key, const Path& at) {
  ME_TRY(const Json* value, get(object, key, at));
  return as_string(*value, {&at, key});
}

Result<std::int64_t> get_int(const Json& object, std::string_view key, const Path& at) {
  ME_TRY(const Json* value, get(object, key, at));
  return as_int(*value, {&at, key});
}

Result<double> get_number(const Json& object, std::string_view key, const Path& at) {
  ME_TRY(const Json* value, get(object, key, at));
  return as_number(*value, {&at, key});
}

Result<bool> get_bool(const Json& object, std::string_view key, const Path& at) {
  ME_TRY(const Json* value, get(object, key, at));
  return as_bool(*value, {&at, key});
}

std::optional<std::string_view> find_string(const Json& object, std::string_view key) {
  const Json* value = find(object, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(*value->get_ptr<const Json::string_t*>());
}

std::optional<std::int64_t> find_int(const Json& object, std::string_view key) {
  const Json* value = find(object, key);
  if (value == nullptr) return std::nullopt;
  const Result<std::int64_t> number = as_int(*value);
  return number ? std::optional(*number) : std::nullopt;
}

const Json::object_t& members(const Json& object) {
  static const Json::object_t none;
  const auto* members = object.get_ptr<const Json::object_t*>();
  return members != nullptr ? *members : none;
}

const Json::array_t& elements(const Json& array) {
  static const Json::array_t none;
  const auto* elements = array.get_ptr<const Json::array_t*>();
  return elements != nullptr ? *elements : none;
}

}  // namespace modelexport::json
