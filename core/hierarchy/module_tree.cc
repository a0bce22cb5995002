#include "hierarchy/module_tree.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "hierarchy/names.h"
#include "modelexport/hierarchy.h"

namespace modelexport::hierarchy {
namespace {

bool is_shown(const aten::Module& module, bool torch_modules) {
  if (module.class_name.empty()) return false;  // containers that never run have no class in .pt2 archives
  if (is_container(short_class(module.class_name))) return false;
  return torch_modules || !is_torch_module(module.class_name);
}

void each_call_with_ops(const std::vector<aten::Op>& ops, std::vector<char>& calls) {
  std::vector<const std::vector<aten::Op>*> open = {&ops};
  while (!open.empty()) {
    const std::vector<aten::Op>& list = *open.back();
    open.pop_back();
    for (const aten::Op& op : list) {
      if (op.call < calls.size()) calls[op.call] = 1;
      for (const aten::Block& block : op.blocks) open.push_back(&block.ops);
    }
  }
}

}  // namespace

ModuleTree::ModuleTree(const aten::Graph& graph, bool torch_modules) : nodes_(graph.modules.size()) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].visible = i == 0 || is_shown(graph.modules[i], torch_modules);
  }
  link_parents(graph);
  mark_live(graph);
  make_labels(graph);
}

void ModuleTree::link_parents(const aten::Graph& graph) {
  order_.resize(nodes_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (a == 0 || b == 0) return a == 0 && b != 0;  // the root is first, whatever its path
    return path_before(graph.modules[a].path, graph.modules[b].path);
  });
  std::vector<std::uint32_t> open;  // the chain of modules that the current one may be below
  for (std::uint32_t position = 0; position < order_.size(); ++position) {
    const std::uint32_t module = order_[position];
    while (open.size() > 1 && !is_below(graph.modules[module].path, graph.modules[open.back()].path)) {
      nodes_[open.back()].last = position;
      open.pop_back();
    }
    Node& node = nodes_[module];
    node.first = position;
    if (!open.empty()) {
      node.parent = open.back();
      node.up = nodes_[node.parent].visible ? node.parent : nodes_[node.parent].up;
    }
    open.push_back(module);
  }
  for (const std::uint32_t module : open) nodes_[module].last = static_cast<std::uint32_t>(order_.size());
}

void ModuleTree::mark_live(const aten::Graph& graph) {
  std::vector<char> calls(graph.calls.size(), 0);
  each_call_with_ops(graph.ops, calls);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i] != 0 && graph.calls[i].module < nodes_.size()) nodes_[graph.calls[i].module].live = true;
  }
  for (std::size_t i = order_.size(); i-- > 1;) {
    if (nodes_[order_[i]].live) nodes_[nodes_[order_[i]].parent].live = true;
  }
}

void ModuleTree::make_labels(const aten::Graph& graph) {
  std::map<std::pair<std::uint32_t, std::string>, std::vector<std::uint32_t>> siblings;
  for (const std::uint32_t module : order_) {
    Node& node = nodes_[module];
    if (!node.visible) continue;
    const aten::Module& source = graph.modules[module];
    node.label = source.class_name.empty() ? "UnknownModel" : std::string(short_class(source.class_name));
    if (module == 0) continue;
    const std::string_view last = last_component(source.path);
    if (is_number(last)) node.label.append(".").append(last);
    if (node.live) siblings[{node.up, node.label}].push_back(module);
  }
  for (const auto& [key, modules] : siblings) {
    if (modules.size() < 2) continue;
    const std::size_t skip = key.first == 0 ? 0 : graph.modules[key.first].path.size() + 1;
    for (const std::uint32_t module : modules) nodes_[module].label = graph.modules[module].path.substr(skip);
  }
}

bool ModuleTree::make_tags(std::uint64_t limit) {
  for (const std::uint32_t module : order_) {
    Node& node = nodes_[module];
    const std::uint64_t size = (module == 0 ? 0 : nodes_[node.up].tag.size()) + 1 + node.label.size();
    if (size > limit - tag_bytes_) return false;
    tag_bytes_ += size;
    if (module != 0) node.tag = nodes_[node.up].tag;
    if (node.visible) node.tag.append("/").append(node.label);
  }
  return true;
}

bool ModuleTree::is_within(std::uint32_t module, std::uint32_t ancestor) const {
  return nodes_[module].first >= nodes_[ancestor].first && nodes_[module].first < nodes_[ancestor].last;
}

}  // namespace modelexport::hierarchy
