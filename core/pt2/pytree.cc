#include "pt2/pytree.h"

namespace modelexport::pt2 {
namespace {

using json::Json;

class Walk {
 public:
  Walk(const Json* fields, const Limits& limits) : fields_(fields), limits_(limits) {}

  Status visit(const Json& spec, std::uint32_t depth) {
    if (depth > limits_.depth || leaves_.size() >= limits_.tensors) {
      return fail(ErrorCode::pt2_malformed, "the structure of inputs or outputs is too deep or too large");
    }
    ME_TRY(const Json* type, json::get(spec, "type"));
    if (type->is_null()) {
      leaves_.push_back({path_});
      return {};
    }
    ME_TRY(const Json* children, json::get_array(spec, "children_spec"));
    const std::vector<std::string> names = child_names(spec, json::elements(*children).size());
    for (std::size_t i = 0; i < json::elements(*children).size(); ++i) {
      path_.push_back(i < names.size() ? names[i] : std::to_string(i));
      ME_CHECK(visit(json::elements(*children)[i], depth + 1));
      path_.pop_back();
    }
    return {};
  }

  std::vector<Leaf> take() { return std::move(leaves_); }

 private:
  /// Keys of a dictionary or model output, fields of a namedtuple; empty for lists and tuples.
  std::vector<std::string> child_names(const Json& spec, std::size_t count) const {
    std::vector<std::string> names;
    const auto text = json::find_string(spec, "context");
    if (!text) return names;
    const auto context = json::parse(*text, limits_);
    if (!context) return names;
    const Json* keys = &*context;
    if (const Json* inner = json::find(*keys, "dict_context")) keys = inner;  // defaultdict
    if (const Json* field_names = namedtuple_fields(spec)) keys = field_names;
    for (const Json& key : json::elements(*keys)) {
      names.push_back(key.is_string() ? key.get_ref<const std::string&>() : json::dump(key));
    }
    if (names.size() != count) names.clear();
    return names;
  }

  [[nodiscard]] const Json* namedtuple_fields(const Json& spec) const {
    const auto type = json::find_string(spec, "type");
    if (fields_ == nullptr || !type || !type->ends_with("namedtuple")) return nullptr;
    const auto context = json::parse(json::find_string(spec, "context").value_or(""), limits_);
    if (!context || !context->is_string()) return nullptr;
    const Json* entry = json::find(*fields_, context->get_ref<const std::string&>());
    if (entry == nullptr) return nullptr;
    const Json* names = json::find(*entry, "field_names");
    return names != nullptr ? names : entry;
  }

  const Json* fields_;
  const Limits& limits_;
  std::vector<std::string> path_;
  std::vector<Leaf> leaves_;
};

Result<Json> parse_spec(std::string_view text, const Limits& limits) {
  ME_TRY(Json document, json::parse(text, limits, "pytree spec"));
  const auto& parts = json::elements(document);
  if (parts.size() != 2 || !parts[0].is_number_integer() || parts[0] != 1) {
    return fail(ErrorCode::pt2_malformed, "the structure of inputs or outputs has an unknown version");
  }
  return Json(parts[1]);
}

}  // namespace

Result<std::vector<Leaf>> parse_treespec(std::string_view text, const Json* fields, const Limits& limits) {
  ME_TRY(const Json spec, parse_spec(text, limits));
  Walk walk(fields, limits);
  ME_CHECK(walk.visit(spec, 0));
  return walk.take();
}

Result<std::vector<Leaf>> parse_input_spec(std::string_view text,
                                           const std::vector<std::string>& argument_names, const Json* fields,
                                           const Limits& limits) {
  ME_TRY(std::vector<Leaf> leaves, parse_treespec(text, fields, limits));
  for (Leaf& leaf : leaves) {
    // The first two parts are "0" (args) or "1" (kwargs) and the argument's position or name.
    if (leaf.path.size() < 2)
      return fail(ErrorCode::pt2_malformed, "the input structure is not (args, kwargs)");
    const bool positional = leaf.path[0] == "0";
    leaf.path.erase(leaf.path.begin());
    if (!positional) continue;
    std::size_t index = 0;
    for (const char c : leaf.path[0]) {
      if (c < '0' || c > '9' || index > argument_names.size()) {
        return fail(ErrorCode::pt2_malformed, "the input structure is not (args, kwargs)");
      }
      index = index * 10 + static_cast<std::size_t>(c - '0');
    }
    if (index < argument_names.size()) leaf.path[0] = argument_names[index];
  }
  return leaves;
}

}  // namespace modelexport::pt2
