// label_calls: tags, scopes and namespaces of module calls (contract.md §3).
#include <string>

#include "hierarchy/module_tree.h"
#include "json/json.h"
#include "modelexport/hierarchy.h"

namespace modelexport::hierarchy {
namespace {

using aten::Call;
using aten::Graph;

std::uint32_t parent_of(const Graph& graph, std::uint32_t call) {
  const std::uint32_t parent = graph.calls[call].parent;
  return parent < call ? parent : 0;  // calls are listed after their caller; anything else is the root's
}

std::uint32_t module_of(const Graph& graph, std::uint32_t call) {
  const std::uint32_t module = graph.calls[call].module;
  return module < graph.modules.size() ? module : 0;
}

std::string scope_of(const Graph& graph, const Call& call, std::uint32_t module) {
  const std::string& path = graph.modules[module].path;
  if (module == 0 || call.ordinal < 2) return path;
  return path + "@" + std::to_string(call.ordinal);
}

std::string namespace_part(const aten::Module& module) {
  return module.path + ": " + (module.class_name.empty() ? "Module" : module.class_name);
}

/// Tag of a call below its caller's. A module that is registered elsewhere (T5's shared embedding) still
/// gets the tag of the code that called it.
std::string call_tag(const ModuleTree& tree, const std::string& caller_tag, std::uint32_t caller,
                     std::uint32_t module) {
  if (tree.is_within(module, caller)) return caller_tag + tree.tag(module).substr(tree.tag(caller).size());
  return tree.visible(module) ? caller_tag + "/" + tree.label(module) : caller_tag;
}

Placement placement_of(const ModuleTree& tree, std::uint32_t module) {
  if (module == 0) return Placement::root_own;
  return tree.visible(module) ? Placement::direct : Placement::parent;
}

std::string modules_json(const Graph& graph, const std::vector<ModuleLabel>& labels) {
  json::Json list = json::Json::array();
  for (std::size_t i = 0; i < graph.modules.size(); ++i) {
    const aten::Module& module = graph.modules[i];
    json::Json item = json::Json::object();
    item["path"] = module.path;
    item["class"] = nullptr;
    if (!module.class_name.empty()) item["class"] = std::string(short_class(module.class_name));
    item["tag"] = labels[i].tag;
    item["calls"] = labels[i].calls;
    list.push_back(std::move(item));
  }
  return json::dump(list);
}

tl::unexpected<Diagnostic> too_large(std::uint64_t limit) {
  return fail(ErrorCode::tag_limit,
              "The module labels of this graph take more than " + std::to_string(limit) + " bytes.",
              {.field = "modules"},
              "The archive nests modules or calls unreasonably deep; it cannot be labelled.");
}

}  // namespace

std::string_view to_string(Placement placement) {
  switch (placement) {
    case Placement::direct:
      return "direct";
    case Placement::parent:
      return "parent";
    case Placement::root_own:
      return "root_own";
  }
  return "direct";
}

Result<Labels> label_calls(const Graph& graph, const LabelOptions& options) {
  const std::uint64_t limit = options.limits.json_bytes;
  Labels labels;
  if (graph.modules.empty()) {
    labels.calls.resize(graph.calls.size());
    labels.modules_json = "[]";
    return labels;
  }
  ModuleTree tree(graph, options.torch_modules);
  if (!tree.make_tags(limit)) return too_large(limit);
  labels.modules.resize(graph.modules.size());
  for (std::uint32_t i = 0; i < labels.modules.size(); ++i) labels.modules[i].tag = tree.tag(i);

  std::uint64_t used = tree.tag_bytes();
  labels.calls.reserve(graph.calls.size());
  for (std::uint32_t i = 0; i < graph.calls.size(); ++i) {
    const std::uint32_t module = module_of(graph, i);
    ++labels.modules[module].calls;
    CallLabel label;
    label.scope = scope_of(graph, graph.calls[i], module);
    label.placement = placement_of(tree, module);
    label.tag = tree.tag(module);
    label.name_space = namespace_part(graph.modules[module]);
    if (i != 0) {
      const std::uint32_t parent = parent_of(graph, i);
      label.tag = call_tag(tree, labels.calls[parent].tag, module_of(graph, parent), module);
      label.name_space = labels.calls[parent].name_space + "/" + label.name_space;
    }
    const std::uint64_t size = label.tag.size() + label.scope.size() + label.name_space.size();
    if (size > limit - used) return too_large(limit);
    used += size;
    labels.calls.push_back(std::move(label));
  }
  labels.modules_json = modules_json(graph, labels.modules);
  return labels;
}

std::string node_namespace(const CallLabel& label, std::string_view node_name, std::string_view target) {
  std::string text = label.name_space;
  if (!text.empty()) text += '/';
  // A slash in the node's own name would open a level that is no module.
  for (const char c : node_name) text += c == '/' ? '.' : c;
  return text.append(": ").append(target);
}

std::uint32_t common_ancestor(const Graph& graph, std::uint32_t a, std::uint32_t b) {
  if (a >= graph.calls.size() || b >= graph.calls.size()) return 0;
  while (a != b) {  // callers have smaller indices, so the larger one goes up
    std::uint32_t& deeper = a > b ? a : b;
    deeper = parent_of(graph, deeper);
  }
  return a;
}

}  // namespace modelexport::hierarchy
