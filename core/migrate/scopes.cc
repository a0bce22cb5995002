#include "migrate/scopes.h"

#include <algorithm>
#include <set>

#include "json/json.h"

namespace modelexport::migrate {
namespace {

using json::Json;

bool starts_with_part(std::string_view text, std::string_view start) {
  return text.size() > start.size() && text[start.size()] == '.' && text.starts_with(start);
}

/// The first component of a tag.
std::string_view root_of(std::string_view tag) { return tag.substr(0, tag.find('/', 1)); }

std::string class_of(std::string_view tag) {
  const std::string_view last = tag.substr(tag.rfind('/') + 1);
  const std::size_t dot = last.rfind('.');
  const bool numbered = dot != std::string_view::npos && dot + 1 < last.size() &&
                        last.find_first_not_of("0123456789", dot + 1) == std::string_view::npos;
  return std::string(numbered ? last.substr(0, dot) : last);
}

Json entry(const Json& path, const std::string& class_name, const std::string& tag) {
  return {{"path", path},
          {"class", class_name.empty() ? Json() : Json(class_name)},
          {"tag", tag},
          {"calls", nullptr}};
}

/// "dense" and "1" of "dense_1"; false for other names.
bool split_call(std::string_view scope, std::string_view& stem, std::string_view& number) {
  const std::size_t at = scope.rfind('_');
  if (at == std::string_view::npos || at == 0 || at + 1 == scope.size() || scope.size() - at > 8)
    return false;
  number = scope.substr(at + 1);
  stem = scope.substr(0, at);
  return number.find_first_not_of("0123456789") == std::string_view::npos && number.front() != '0' &&
         stem.back() != '.';
}

}  // namespace

std::optional<std::string> scope_of_name(std::string_view name) {
  if (name.empty() || name.front() != '/') return std::nullopt;
  std::vector<std::string_view> parts;
  for (std::size_t start = 1; start <= name.size();) {
    const std::size_t end = std::min(name.find('/', start), name.size());
    parts.push_back(name.substr(start, end - start));
    start = end + 1;
  }
  parts.pop_back();  // the operator
  std::vector<std::string_view> path;
  for (const std::string_view part : parts) {
    if (part.empty()) return std::nullopt;
    if (!path.empty() && starts_with_part(part, path.back())) path.pop_back();
    path.push_back(part);
  }
  std::string out;
  for (const std::string_view part : path) out.append(out.empty() ? "" : ".").append(part);
  return out;
}

std::string node_of_value(const std::string& value) {
  const std::size_t at = value.rfind("_output_");
  if (at == std::string::npos || value.find_first_not_of("0123456789", at + 8) != std::string::npos)
    return {};
  return value.substr(0, at);
}

std::optional<std::string> scope_of_node(const NodeRecord& node) {
  if (auto scope = scope_of_name(node.name)) return scope;
  for (const std::string& value : node.outputs)
    if (auto scope = scope_of_name(node_of_value(value))) return scope;
  return std::nullopt;
}

ModuleTable::ModuleTable(const std::vector<KnownModule>& modules) {
  for (const KnownModule& module : modules) {
    if (!by_scope_.emplace(module.scope, modules_.size()).second) continue;
    modules_.push_back(module);
  }
}

const KnownModule* ModuleTable::find(std::string_view scope) const {
  const auto found = by_scope_.find(scope);
  return found == by_scope_.end() ? nullptr : &modules_[found->second];
}

const KnownModule* ModuleTable::nearest(std::string_view scope) const {
  while (!scope.empty()) {
    if (const KnownModule* module = find(scope)) return module;
    const std::size_t dot = scope.rfind('.');
    scope = dot == std::string_view::npos ? std::string_view{} : scope.substr(0, dot);
  }
  return nullptr;
}

std::vector<std::pair<std::string, std::vector<std::string>>> ModuleTable::shared_tags() const {
  std::map<std::string, std::vector<std::string>> by_tag;
  for (const KnownModule& module : modules_) by_tag[module.tag].push_back(module.scope);
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (auto& [tag, scopes] : by_tag)
    if (scopes.size() > 1) out.emplace_back(tag, std::move(scopes));
  return out;
}

RepeatedCalls::RepeatedCalls(const std::vector<NodeRecord>& nodes,
                             const std::vector<onnx::TensorView>& weights, const ModuleTable& modules)
    : modules_(modules) {
  for (const onnx::TensorView& weight : weights) {
    std::string_view path = weight.name;
    for (std::size_t dot = path.rfind('.'); dot != std::string_view::npos && dot != 0;
         dot = path.rfind('.')) {
      path = path.substr(0, dot);
      if (!owners_.emplace(path).second) break;  // so are all above it
    }
  }
  for (const NodeRecord& node : nodes)
    if (const auto scope = scope_of_node(node)) scopes_.insert(*scope);
  for (const std::string& scope : scopes_) {
    std::string_view stem;
    std::string_view number;
    if (split_call(scope, stem, number) && is_module(stem) && !is_module(scope)) proved_.emplace(number);
  }
}

bool RepeatedCalls::is_module(std::string_view scope) const {
  return modules_.find(scope) != nullptr || owners_.find(scope) != owners_.end();
}

std::string RepeatedCalls::resolve(const std::string& scope) const {
  std::string_view stem;
  std::string_view number;
  if (!split_call(scope, stem, number) || is_module(scope)) return scope;
  // Modules without weights: where another one was called as often, and the plain name ran, too.
  const bool like_others = proved_.find(number) != proved_.end() && scopes_.find(stem) != scopes_.end();
  if (!is_module(stem) && !like_others) return scope;
  return std::string(stem) + "@" + std::to_string(std::stoul(std::string(number)) + 1);
}

Placement place_nodes(const std::vector<NodeRecord>& nodes, const std::vector<std::string>& tags,
                      const ModuleTable& modules, const Beside& beside) {
  Placement out;
  bool known = !modules.empty();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (tags[i].empty() || !nodes[i].in_main_graph()) continue;
    const auto scope = scope_of_node(nodes[i]);
    if (tags[i] == root_of(tags[i])) {
      ++out.root;
      out.hidden += scope && !scope->empty() ? 1 : 0;
    } else if (!scope) {
      known = false;
    } else if (modules.find(*scope) != nullptr) {
      ++out.direct;
    } else {
      ++out.parent;
    }
  }
  // The exporter's own counts, as long as they speak of as many root nodes as the file has.
  if (beside.claimed && beside.claimed->root == out.root) {
    out.direct = beside.claimed->direct;
    out.parent = beside.claimed->parent;
    out.basis = beside.sidecar_name;
  } else if (known) {
    out.basis = beside.modules_from;
  }
  return out;
}

std::string modules_json(const ModuleTable& modules, const std::vector<std::string>& tags) {
  Json list = Json::array();
  std::set<std::string_view> listed;
  for (const KnownModule& module : modules.list()) {
    list.push_back(entry(module.scope, module.class_name, module.tag));
    listed.insert(module.tag);
  }
  std::set<std::string_view> others;
  for (const std::string& tag : tags)
    if (!tag.empty() && listed.count(tag) == 0) others.insert(tag);
  for (const std::string_view tag : others) {
    const bool root = root_of(tag) == tag;
    list.push_back(entry(root ? Json("") : Json(), class_of(tag), std::string(tag)));
  }
  return json::dump(list);
}

}  // namespace modelexport::migrate
