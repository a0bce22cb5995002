// Regions of the program (higher-order operators): those that only set a mode are inlined.
#include "pt2/arguments.h"
#include "pt2/nodes.h"

namespace modelexport::pt2 {
namespace {

using json::Json;

tl::unexpected<Diagnostic> malformed(std::string what, const json::Path& at) {
  return fail(ErrorCode::pt2_malformed, std::move(what), {{}, at.text(), {}});
}

struct Region {
  std::string_view name;
  std::size_t modes;  ///< arguments before the graph
};
constexpr Region kRegions[] = {{"wrap_with_set_grad_enabled", 1}, {"wrap_with_autocast", 4}, {"wrap", 0}};

/// Autocast that is switched on changes dtypes in ways the program does not spell out.
bool is_active_autocast(const Region& region, const Json::array_t& inputs) {
  if (region.name != "wrap_with_autocast") return false;
  const Json* arg = json::find(inputs[2], "arg");
  const Json* enabled = arg != nullptr ? json::find(*arg, "as_bool") : nullptr;
  return enabled == nullptr || *enabled != false;
}

const Region* find_region(std::string_view name) {
  for (const Region& region : kRegions) {
    if (region.name == name) return &region;
  }
  return nullptr;
}

}  // namespace

Status NodeReader::inline_region(const Json& node, std::string_view name, Scope& scope, const json::Path& at,
                                 std::uint32_t depth) {
  const Region* region = find_region(name);
  ME_TRY(const Json* inputs, json::get_array(node, "inputs", at));
  const json::Path here{&at, "inputs"};
  const auto& items = json::elements(*inputs);
  if (region == nullptr || (items.size() > region->modes && is_active_autocast(*region, items))) {
    return fail(ErrorCode::pt2_unsupported,
                region == nullptr ? "the program has a region of kind `" + std::string(name) + "`"
                                  : "the program has a region with automatic mixed precision",
                {{}, at.text(), {}},
                region == nullptr
                    ? "Trace the model instead: torch.jit.save(torch.jit.trace(model, args), \"model.pt\")"
                    : "Export it outside of torch.autocast: torch.export.export(model.float().eval(), args)");
  }
  if (items.size() <= region->modes) return malformed("a region lacks its graph", here);
  ME_TRY(const Json* holder, json::get(items[region->modes], "arg", here));
  ME_TRY(const Json* as_graph, json::get_object(*holder, "as_graph", here));
  ME_TRY(const Json* body, json::get_object(*as_graph, "graph", here));
  std::vector<aten::Arg> arguments;
  for (std::size_t i = region->modes + 1; i < items.size(); ++i) {
    ME_TRY(const Json* value, json::get(items[i], "arg", {&here, {}, i}));
    ME_TRY(auto arg, read_argument(*value, scope, {&here, {}, i}));
    arguments.push_back(arg ? std::move(*arg) : aten::Arg{});
  }
  Scope inner;
  const json::Path region_at{&here, "graph"};
  ME_CHECK(bind_region(*body, arguments, inner, region_at));
  ME_CHECK(read_nodes(*body, inner, region_at, depth + 1));
  return bind_region_outputs(node, *body, inner, scope, at);
}

Status NodeReader::bind_region(const Json& body, const std::vector<aten::Arg>& arguments, Scope& inner,
                               const json::Path& at) {
  ME_TRY(const Json* inputs, json::get_array(body, "inputs", at));
  const auto& items = json::elements(*inputs);
  if (items.size() != arguments.size()) return malformed("a region's inputs do not fit its call", at);
  for (std::size_t i = 0; i < items.size(); ++i) {
    ME_TRY(const auto names, read_names(items[i], {&at, {}, i}));
    const auto* ref = arguments[i].get<aten::Ref>();
    if (names.size() != 1 || (ref == nullptr) != names[0].empty()) {
      return malformed("a region's inputs do not fit its call", at);
    }
    if (ref != nullptr) inner.emplace(names[0], ref->value);
  }
  return {};
}

Status NodeReader::bind_region_outputs(const Json& node, const Json& body, const Scope& inner, Scope& scope,
                                       const json::Path& at) {
  ME_TRY(const Json* results, json::get_array(body, "outputs", at));
  ME_TRY(const Json* outputs, json::get_array(node, "outputs", at));
  std::vector<std::string_view> from;
  std::vector<std::string_view> to;
  for (const auto& [list, names] : {std::pair(results, &from), std::pair(outputs, &to)}) {
    for (const Json& item : json::elements(*list)) {
      ME_TRY(const auto part, read_names(item, at));
      names->insert(names->end(), part.begin(), part.end());
    }
  }
  if (from.size() != to.size()) return malformed("a region's outputs do not fit its call", at);
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i].empty()) continue;
    const auto value = inner.find(from[i]);
    if (value == inner.end() || !scope.emplace(to[i], value->second).second) {
      return malformed("a region's outputs do not fit its call", at);
    }
  }
  return {};
}

}  // namespace modelexport::pt2
