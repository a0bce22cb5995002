#include "pt2/arguments.h"

#include <algorithm>
#include <array>
#include <limits>

namespace modelexport::pt2 {
namespace {

using aten::Arg;
using aten::ArgList;
using json::Json;
using MaybeArg = Result<std::optional<Arg>>;
using Reader = Result<Arg> (*)(const Json&, const Scope&, const json::Path&);

Result<Arg> reference(std::string_view name, const Scope& scope, const json::Path& at) {
  const auto value = scope.find(name);
  if (value != scope.end()) return Arg{aten::Ref{value->second}};
  return fail(ErrorCode::pt2_malformed, "the value `" + std::string(name) + "` is used before it is defined",
              {{}, at.text(), {}});
}

Result<Arg> read_named(const Json& value, const Scope& scope, const json::Path& at) {
  ME_TRY(const std::string_view name, json::get_string(value, "name", at));
  return reference(name, scope, at);
}

Result<Arg> read_none(const Json&, const Scope&, const json::Path&) { return Arg{}; }

Result<Arg> read_int(const Json& value, const Scope&, const json::Path& at) {
  ME_TRY(const std::int64_t number, json::as_int(value, at));
  return Arg{number};
}

Result<Arg> read_bool(const Json& value, const Scope&, const json::Path& at) {
  ME_TRY(const bool flag, json::as_bool(value, at));
  return Arg{flag};
}

Result<Arg> read_string(const Json& value, const Scope&, const json::Path& at) {
  ME_TRY(const std::string_view text, json::as_string(value, at));
  return Arg{std::string(text)};
}

/// JSON has no infinities: they are written as strings.
Result<Arg> read_float(const Json& value, const Scope&, const json::Path& at) {
  if (const auto* text = value.get_ptr<const std::string*>()) {
    if (*text == "Infinity") return Arg{std::numeric_limits<double>::infinity()};
    if (*text == "-Infinity") return Arg{-std::numeric_limits<double>::infinity()};
    if (*text == "NaN") return Arg{std::numeric_limits<double>::quiet_NaN()};
  }
  ME_TRY(const double number, json::as_number(value, at));
  return Arg{number};
}

Result<Arg> read_dtype(const Json& value, const Scope&, const json::Path& at) {
  ME_TRY(const std::int64_t number, json::as_int(value, at));
  const auto dtype = dtype_from_pt2(number);
  if (dtype) return Arg{*dtype};
  return json::field_error(at, "is the unknown dtype " + std::to_string(number));
}

/// {"as_name": "sym_size"} or a constant {"as_int": 2}, {"as_bool": true}, {"as_float": 0.5}.
Result<Arg> read_symbolic(const Json& value, const Scope& scope, const json::Path& at) {
  ME_TRY(const Tagged tagged, read_tagged(value, at));
  if (tagged.kind == "as_name") {
    ME_TRY(const std::string_view name, json::as_string(*tagged.content, at));
    return reference(name, scope, at);
  }
  if (tagged.kind == "as_int") return read_int(*tagged.content, scope, at);
  if (tagged.kind == "as_bool") return read_bool(*tagged.content, scope, at);
  if (tagged.kind == "as_float") return read_float(*tagged.content, scope, at);
  return json::field_error(at, "has the unknown kind `" + std::string(tagged.kind) + "`");
}

/// {"as_tensor": {"name": "x"}} or {"as_none": …}.
Result<Arg> read_optional_tensor(const Json& value, const Scope& scope, const json::Path& at) {
  ME_TRY(const Tagged tagged, read_tagged(value, at));
  if (tagged.kind == "as_none") return Arg{};
  if (tagged.kind == "as_tensor") return read_named(*tagged.content, scope, at);
  return json::field_error(at, "has the unknown kind `" + std::string(tagged.kind) + "`");
}

template <Reader item>
Result<Arg> read_list(const Json& value, const Scope& scope, const json::Path& at) {
  if (!value.is_array()) return json::field_error(at, "must be an array");
  ArgList list;
  const auto& items = json::elements(value);
  list.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    ME_TRY(Arg arg, item(items[i], scope, {&at, {}, i}));
    list.push_back(std::move(arg));
  }
  return Arg{std::move(list)};
}

struct Kind {
  std::string_view name;
  Reader read;
};
constexpr Kind kKinds[] = {
    {"as_none", read_none},
    {"as_tensor", read_named},
    {"as_tensors", read_list<read_named>},
    {"as_nested_tensors", read_list<read_list<read_named>>},
    {"as_optional_tensor", read_optional_tensor},
    {"as_optional_tensors", read_list<read_optional_tensor>},
    {"as_int", read_int},
    {"as_ints", read_list<read_int>},
    {"as_int_lists", read_list<read_list<read_int>>},
    {"as_float", read_float},
    {"as_floats", read_list<read_float>},
    {"as_float_lists", read_list<read_list<read_float>>},
    {"as_bool", read_bool},
    {"as_bools", read_list<read_bool>},
    {"as_string", read_string},
    {"as_strings", read_list<read_string>},
    {"as_scalar_type", read_dtype},
    {"as_sym_int", read_symbolic},
    {"as_sym_ints", read_list<read_symbolic>},
    {"as_sym_float", read_symbolic},
    {"as_sym_floats", read_list<read_symbolic>},
    {"as_sym_bool", read_symbolic},
    {"as_sym_bools", read_list<read_symbolic>},
};

constexpr std::array<std::string_view, 3> kDroppedKinds = {"as_device", "as_layout", "as_memory_format"};
constexpr std::array<std::string_view, 6> kDroppedNames = {"device",     "layout",       "memory_format",
                                                           "pin_memory", "non_blocking", "generator"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// {"name": "x"} or {"as_name": "n"}; constants define nothing.
std::string_view name_in(const Json& value) {
  for (const std::string_view key : {"name", "as_name"}) {
    if (const auto name = json::find_string(value, key)) return *name;
  }
  return {};
}

}  // namespace

Result<Tagged> read_tagged(const Json& value, const json::Path& at) {
  const auto& members = json::members(value);
  if (members.size() != 1) return json::field_error(at, "must be an object with one key");
  return Tagged{members.front().first, &members.front().second};
}

bool is_left_out(std::string_view name) { return contains(kDroppedNames, name); }

MaybeArg read_argument(const Json& value, const Scope& scope, const json::Path& at) {
  ME_TRY(const Tagged tagged, read_tagged(value, at));
  if (contains(kDroppedKinds, tagged.kind)) return std::optional<Arg>();
  const json::Path here{&at, tagged.kind};
  for (const Kind& kind : kKinds) {
    if (kind.name != tagged.kind) continue;
    ME_TRY(Arg arg, kind.read(*tagged.content, scope, here));
    return std::optional<Arg>(std::move(arg));
  }
  return fail(
      ErrorCode::pt2_unsupported,
      "an argument of kind `" + std::string(tagged.kind) + "` has no counterpart in an inference graph",
      {{}, here.text(), {}});
}

Result<std::vector<std::string_view>> read_names(const Json& value, const json::Path& at) {
  ME_TRY(const Tagged tagged, read_tagged(value, at));
  std::vector<std::string_view> names;
  if (!tagged.content->is_array()) {
    names.push_back(name_in(*tagged.content));
    return names;
  }
  for (const Json& item : json::elements(*tagged.content)) {
    // as_optional_tensors wraps each item once more.
    const auto& members = json::members(item);
    const std::string_view name = name_in(item);
    names.push_back(!name.empty() || members.size() != 1 ? name : name_in(members.front().second));
  }
  return names;
}

}  // namespace modelexport::pt2
