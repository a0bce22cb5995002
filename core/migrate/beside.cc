#include "migrate/beside.h"

#include <algorithm>

#include "hierarchy/node_forms.h"
#include "json/json.h"

namespace modelexport::migrate {
namespace {

using json::Json;

constexpr std::uint64_t kMostText = 256ULL << 20;
constexpr std::uint64_t kMostConfig = 16ULL << 20;

bool contains(const check::Surroundings& around, const std::string& name) {
  const auto& names = around.siblings();
  return std::binary_search(names.begin(), names.end(), name);
}

std::string text_at(const Json& object, std::string_view key) {
  return std::string(json::find_string(object, key).value_or(std::string_view{}));
}

/// "BertLayer" of "/BertModel/BertEncoder/BertLayer.0".
std::string class_of_tag(std::string_view tag) {
  const std::string_view last = tag.substr(tag.rfind('/') + 1);
  const std::size_t dot = last.find('.');
  return std::string(last.substr(0, dot));
}

void add_module(const Json& item, std::string scope, const Limits& limits, Beside& out) {
  KnownModule module;
  module.scope = std::move(scope);
  module.tag = hierarchy::normal_tag(text_at(item, "traced_tag"), limits);
  module.class_name = text_at(item, "class_name");
  if (module.class_name.empty()) module.class_name = class_of_tag(module.tag);
  if (!module.tag.empty()) out.modules.push_back(std::move(module));
}

/// The nested tree, or the older flat table keyed by scope.
void add_tree(const Json& root, const Limits& limits, Beside& out) {
  if (json::find_string(root, "traced_tag")) {
    std::vector<const Json*> open = {&root};
    while (!open.empty() && out.modules.size() < limits.nodes) {
      const Json& item = *open.back();
      open.pop_back();
      add_module(item, text_at(item, "scope"), limits, out);
      const Json* children = json::find(item, "children");
      if (children == nullptr) continue;
      const auto& list = json::members(*children);
      for (auto child = list.rbegin(); child != list.rend(); ++child) open.push_back(&child->second);
    }
    return;
  }
  for (const auto& [scope, item] : json::members(root))
    add_module(item, scope == "__root__" ? "" : scope, limits, out);
}

void add_counts(const Json& document, Beside& out) {
  const Json* at = &document;
  for (const char* key : {"report", "steps", "node_tagging", "statistics"}) {
    const Json* next = json::find(*at, key);
    if (next == nullptr && std::string_view(key) == "steps") continue;  // older: report.node_tagging
    if (next == nullptr) return;
    at = next;
  }
  const auto direct = json::find_int(*at, "direct_matches");
  const auto parent = json::find_int(*at, "parent_matches");
  const auto root = json::find_int(*at, "root_fallbacks");
  if (!direct || !parent || !root || *direct < 0 || *parent < 0 || *root < 0) return;
  out.claimed = ClaimedCounts{static_cast<std::uint64_t>(*direct), static_cast<std::uint64_t>(*parent),
                              static_cast<std::uint64_t>(*root)};
}

/// The built-in HTP form lists what each node wrote.
void add_outputs(const Json& document, const Limits& limits, Beside& out) {
  const Json* table = json::find(document, "node_tags");
  if (table == nullptr) return;
  for (const auto& [name, item] : json::members(*table)) {
    const auto found = out.nodes.find(name);
    const Json* outputs = json::find(item, "outputs");
    if (found == out.nodes.end() || outputs == nullptr) continue;
    for (const Json& value : json::elements(*outputs))
      if (value.is_string() && out.outputs.size() < limits.nodes)
        out.outputs.emplace(value.get_ref<const std::string&>(), found->second);
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// One row of "| Execution Order | Class Name | Nodes | Tag | Scope |".
bool read_row(std::string_view line, const Limits& limits, KnownModule& out) {
  std::vector<std::string_view> cells;
  while (!line.empty() && line.front() == '|' && cells.size() < 8) {
    line.remove_prefix(1);
    const std::size_t end = line.find('|');
    if (end == std::string_view::npos) break;
    cells.push_back(trimmed(line.substr(0, end)));
    line.remove_prefix(end);
  }
  if (cells.size() != 5 || cells[0].empty() ||
      cells[0].find_first_not_of("0123456789") != std::string_view::npos)
    return false;
  out.class_name = std::string(cells[1]);
  out.tag = hierarchy::normal_tag(cells[3], limits);
  out.scope = cells[4] == "[ROOT]" ? std::string() : std::string(cells[4]);
  return !out.tag.empty();
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(line);
}

/// A sidecar under another name: the only one here that no other model claims.
std::string lone_sidecar(const check::Surroundings& around) {
  std::string found;
  for (const std::string& name : around.siblings()) {
    const std::string_view ending = hierarchy::sidecar_endings().front();
    if (!std::string_view(name).ends_with(ending)) continue;
    if (contains(around, name.substr(0, name.size() - ending.size()) + ".onnx")) continue;
    if (!found.empty()) return {};
    found = name;
  }
  return found;
}

std::string stem_of(std::string_view name) {
  return std::string(name.ends_with(".onnx") ? name.substr(0, name.size() - 5)
                                             : name.substr(0, name.rfind('.')));
}

void read_one(const check::Surroundings& around, const std::string& name, const Limits& limits, Beside& out) {
  const auto text = around.read_text(name, kMostText);
  if (!text) {
    out.problems.push_back("the sidecar " + name + " cannot be read");
    return;
  }
  out.sidecar_name = name;
  read_sidecar_facts(*text, limits, out);
}

}  // namespace

void read_sidecar_facts(std::string_view text, const Limits& limits, Beside& out) {
  const auto document = json::parse(text, limits, "sidecar");
  const auto tags = hierarchy::read_sidecar(text, limits);
  if (!document || !tags) {
    out.problems.push_back(out.sidecar_name +
                           " is damaged: " + (document ? tags.error().message : document.error().message));
    return;
  }
  out.nodes = *tags;
  const Json* model = json::find(*document, "model");
  if (model != nullptr) {
    out.model_name = text_at(*model, "name_or_path");
    out.class_name = text_at(*model, "class_name");
    if (out.class_name.empty()) out.class_name = text_at(*model, "class");
  }
  if (out.model_name.empty()) out.model_name = text_at(*document, "model_path");
  out.unfinished = json::find(*document, "error") != nullptr ||
                   (json::find(*document, "export_context") != nullptr && out.nodes.empty());
  if (const Json* modules = json::find(*document, "modules")) add_tree(*modules, limits, out);
  if (!out.modules.empty()) out.modules_from = out.sidecar_name;
  add_counts(*document, out);
  add_outputs(*document, limits, out);
}

void read_report_facts(std::string_view text, const Limits& limits, Beside& out) {
  std::vector<KnownModule> modules;
  hierarchy::SidecarTags nodes;
  while (!text.empty() && nodes.size() < limits.nodes) {
    const std::string_view line = next_line(text);
    KnownModule module;
    if (line.starts_with('|')) {
      if (read_row(line, limits, module)) modules.push_back(std::move(module));
      continue;
    }
    const std::size_t arrow = line.rfind(" -> /");
    if (arrow == std::string_view::npos) continue;
    std::string tag = hierarchy::normal_tag(line.substr(arrow + 4), limits);
    if (!tag.empty()) nodes.emplace(std::string(line.substr(0, arrow)), std::move(tag));
  }
  // Sidecar trees lose modules; the report's list is complete.
  if (modules.size() > out.modules.size()) {
    out.modules = std::move(modules);
    out.modules_from = "report";
  }
  if (out.nodes.empty()) out.nodes = std::move(nodes);
}

Beside look_beside(const check::Surroundings& around, std::string_view model_name, const Limits& limits) {
  Beside out;
  const std::string stem = stem_of(model_name);
  std::string report_stem = stem;
  for (const std::string_view ending : hierarchy::sidecar_endings()) {
    if (!contains(around, stem + std::string(ending))) continue;
    read_one(around, stem + std::string(ending), limits, out);
    break;
  }
  if (out.sidecar_name.empty()) {
    if (const std::string other = lone_sidecar(around); !other.empty()) {
      read_one(around, other, limits, out);
      report_stem = other.substr(0, other.size() - hierarchy::sidecar_endings().front().size());
    }
  }
  const std::string report = report_stem + "_htp_export_report.md";
  if (contains(around, report)) {
    if (const auto text = around.read_text(report, kMostText)) {
      const std::size_t known = out.modules.size();
      const bool had_nodes = !out.nodes.empty();
      read_report_facts(*text, limits, out);
      if (out.modules.size() > known) out.modules_from = report;
      if (!had_nodes && !out.nodes.empty() && out.sidecar_name.empty()) out.sidecar_name = report;
    }
  }
  if (contains(around, "config.json")) out.config = around.read_text("config.json", kMostConfig).value_or("");
  return out;
}

}  // namespace modelexport::migrate
