#include "hierarchy/tree_builder.h"

#include <algorithm>

#include "hierarchy/names.h"

namespace modelexport::hierarchy {
namespace {

/// "BertLayer" of "BertLayer.0"; an instance path ("self_attn") names no class.
std::string class_of(std::string_view label) {
  const std::size_t dot = label.rfind('.');
  if (dot != std::string_view::npos && is_number(label.substr(dot + 1))) label = label.substr(0, dot);
  const bool capital = !label.empty() && label.front() >= 'A' && label.front() <= 'Z';
  return capital && label.find('.') == std::string_view::npos ? std::string(label) : std::string();
}

/// Longest common instance path.
std::string common_scope(std::string_view a, std::string_view b) {
  a = a.substr(0, a.find('@'));
  b = b.substr(0, b.find('@'));
  if (a == b) return std::string(a);
  if (is_below(a, b)) return std::string(b);
  while (!a.empty() && a != b && !is_below(b, a)) {
    const std::size_t dot = a.rfind('.');
    a = dot == std::string_view::npos ? std::string_view{} : a.substr(0, dot);
  }
  return std::string(a);
}

/// Path of the module that shows this one: a numbered child sits in a list that is not shown.
std::string_view owner_scope(std::string_view scope) {
  const bool numbered = is_number(last_component(scope));
  for (int i = numbered ? 2 : 1; i > 0; --i) {
    const std::size_t dot = scope.rfind('.');
    scope = dot == std::string_view::npos ? std::string_view{} : scope.substr(0, dot);
  }
  return scope;
}

}  // namespace

TreeBuilder::TreeBuilder(std::string root_tag) {
  TreeModule root;
  root.tag = std::move(root_tag);
  root.class_name = class_of(std::string_view(root.tag).substr(root.tag.empty() ? 0 : 1));
  by_tag_.emplace(root.tag, 0);
  modules_.push_back(std::move(root));
  ops_.emplace_back();
  scope_known_.push_back(1);
}

std::uint32_t TreeBuilder::module(const std::string& tag) {
  if (tag.empty()) return 0;
  if (const auto found = by_tag_.find(tag); found != by_tag_.end()) return found->second;
  const std::size_t slash = tag.rfind('/');
  std::uint32_t parent = 0;  // tags with another first part hang below the root, too
  if (slash != 0 && slash != std::string::npos) parent = module(tag.substr(0, slash));
  const auto index = static_cast<std::uint32_t>(modules_.size());
  TreeModule added;
  added.tag = tag;
  added.class_name = class_of(std::string_view(tag).substr(slash + 1));
  added.parent = parent;
  added.depth = modules_[parent].depth + 1;
  by_tag_.emplace(tag, index);
  modules_.push_back(std::move(added));
  ops_.emplace_back();
  scope_known_.push_back(0);
  return index;
}

void TreeBuilder::add_node(std::uint32_t module, const std::string& op, const std::string& scope) {
  TreeModule& target = modules_[module];
  ++target.nodes_direct;
  ++ops_[module][op];
  if (module == 0 || scope.empty()) return;
  target.scope =
      scope_known_[module] != 0 ? common_scope(target.scope, scope) : scope.substr(0, scope.find('@'));
  scope_known_[module] = 1;
}

void TreeBuilder::add_weights(std::uint32_t module, std::uint64_t elements, std::uint64_t bytes) {
  modules_[module].parameters_direct += elements;
  modules_[module].bytes_direct += bytes;
}

std::uint32_t TreeBuilder::common(std::uint32_t a, std::uint32_t b) const {
  while (a != b) {
    if (modules_[a].depth >= modules_[b].depth) {
      a = modules_[a].parent;
    } else {
      b = modules_[b].parent;
    }
  }
  return a;
}

void TreeBuilder::infer_scopes() {
  for (std::size_t i = modules_.size(); i-- > 1;) {
    const std::uint32_t parent = modules_[i].parent;
    if (parent == 0 || scope_known_[i] == 0) continue;
    const std::string_view owner = owner_scope(modules_[i].scope);
    TreeModule& above = modules_[parent];
    above.scope = scope_known_[parent] != 0 ? common_scope(above.scope, owner) : std::string(owner);
    scope_known_[parent] = 1;
  }
}

void TreeBuilder::scopes_from_tags() {
  const std::string& root = modules_[0].tag;
  for (std::size_t i = 1; i < modules_.size(); ++i) {
    const std::string& tag = modules_[i].tag;
    const bool below = tag.compare(0, root.size(), root) == 0 && tag.size() > root.size() + 1;
    std::string scope = below ? tag.substr(root.size() + 1) : tag.substr(1);
    std::replace(scope.begin(), scope.end(), '/', '.');
    modules_[i].scope = std::move(scope);
  }
}

void TreeBuilder::sum_up() {
  for (TreeModule& module : modules_) {
    module.nodes_total = module.nodes_direct;
    module.parameters_total = module.parameters_direct;
    module.bytes_total = module.bytes_direct;
  }
  for (std::size_t i = modules_.size(); i-- > 1;) {  // parents have smaller indices
    TreeModule& parent = modules_[modules_[i].parent];
    parent.nodes_total += modules_[i].nodes_total;
    parent.parameters_total += modules_[i].parameters_total;
    parent.bytes_total += modules_[i].bytes_total;
    for (const auto& [op, count] : ops_[i]) ops_[modules_[i].parent][op] += count;
  }
  for (std::size_t i = 0; i < modules_.size(); ++i) modules_[i].ops.assign(ops_[i].begin(), ops_[i].end());
}

void TreeBuilder::finish(Tree& tree) {
  sum_up();
  std::vector<std::vector<std::uint32_t>> children(modules_.size());
  for (std::uint32_t i = 1; i < modules_.size(); ++i) children[modules_[i].parent].push_back(i);
  std::vector<std::uint32_t> moved(modules_.size(), 0);
  std::vector<std::uint32_t> open = {0};
  tree.modules.reserve(modules_.size());
  while (!open.empty()) {
    const std::uint32_t index = open.back();
    open.pop_back();
    moved[index] = static_cast<std::uint32_t>(tree.modules.size());
    modules_[index].parent = moved[modules_[index].parent];
    tree.modules.push_back(std::move(modules_[index]));
    open.insert(open.end(), children[index].rbegin(), children[index].rend());
  }
  for (NodePlace& place : tree.nodes) place.module = moved[place.module];
}

}  // namespace modelexport::hierarchy
