#include "hierarchy/node_forms.h"

#include <algorithm>

#include "json/json.h"

namespace modelexport::hierarchy {
namespace {

const std::string* find_entry(const std::vector<onnx::MetadataEntry>& entries, std::string_view key) {
  for (const onnx::MetadataEntry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

bool from_doc_string(const onnx::NodeView& node, const Limits& limits, NodeForm& out) {
  if (node.doc_string.empty() || node.doc_string.front() != '{') return false;
  if (node.doc_string.find("hierarchy_tags") == std::string::npos) return false;
  const Result<json::Json> value = json::parse(node.doc_string, limits);
  if (!value) return false;
  const json::Json* tags = json::find(*value, "hierarchy_tags");
  if (tags == nullptr) return false;
  std::string tag(json::find_string(*value, "hierarchy_path").value_or(std::string_view{}));
  if (tag.empty() && !json::elements(*tags).empty() && json::elements(*tags).front().is_string()) {
    tag = json::elements(*tags).front().get_ref<const std::string&>();
  }
  out.tag = normal_tag(tag, limits);
  out.form = Form::doc_string;
  return !out.tag.empty();
}

bool from_attribute(const onnx::NodeView& node, const Limits& limits, NodeForm& out) {
  for (const onnx::AttributeView& attribute : node.attributes) {
    if (attribute.name != kTagKey && attribute.name != "__hierarchy_tag") continue;
    out.tag = normal_tag(attribute.s, limits);
    out.form = Form::attribute;
    return !out.tag.empty();
  }
  return false;
}

bool from_dynamo(const onnx::NodeView& node, NodeForm& out) {
  const std::string* scopes = find_entry(node.metadata, "pkg.torch.onnx.name_scopes");
  const std::string* classes = find_entry(node.metadata, "pkg.torch.onnx.class_hierarchy");
  if (scopes != nullptr && classes != nullptr) {
    const std::vector<std::string> names = parse_python_strings(*scopes);
    const std::vector<std::string> types = parse_python_strings(*classes);
    const std::size_t count = std::min(names.size(), types.size());
    for (std::size_t i = 0; i + 1 < count; ++i) out.chain.emplace_back(names[i], types[i]);
  } else if (const std::string* space = find_entry(node.metadata, kNamespaceKey)) {
    out.chain = parse_namespace(*space);
  }
  if (out.chain.empty()) return false;
  out.form = Form::dynamo;
  out.scope = out.chain.back().first;
  return true;
}

}  // namespace

std::string normal_tag(std::string_view tag, const Limits& limits) {
  constexpr std::size_t kMaxTag = 8192;
  if (tag.empty() || tag.front() != '/' || tag.size() > kMaxTag) return {};
  std::string out;
  std::uint32_t depth = 0;
  for (std::size_t start = 1; start <= tag.size();) {
    const std::size_t end = std::min(tag.find('/', start), tag.size());
    if (end > start) {
      if (++depth > limits.depth) return {};
      out.append("/").append(tag.substr(start, end - start));
    }
    start = end + 1;
  }
  return out;
}

std::string name_scope(std::string_view node_name) {
  const std::size_t last = node_name.rfind('/');
  if (last == std::string_view::npos || last == 0) return {};
  std::string_view scope = node_name.substr(0, last);
  if (scope.front() == '/') scope.remove_prefix(1);
  std::string out;
  for (const char c : scope) out += c == '/' ? '.' : c;
  return out;
}

std::vector<ChainLink> parse_namespace(std::string_view text) {
  std::vector<ChainLink> out;
  while (!text.empty()) {
    const std::size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    const std::size_t colon = part.find(": ");
    if (colon == std::string_view::npos || slash == std::string_view::npos) break;  // the node itself
    out.emplace_back(std::string(part.substr(0, colon)), std::string(part.substr(colon + 2)));
    text = text.substr(slash + 1);
  }
  return out;
}

std::vector<std::string> parse_python_strings(std::string_view text) {
  std::vector<std::string> out;
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const char quote = text[i];
    if (quote != '\'' && quote != '"') continue;
    std::string item;
    for (++i; i < text.size() && text[i] != quote; ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      item += text[i];
    }
    out.push_back(std::move(item));
  }
  return out;
}

NodeForm read_node_form(const onnx::NodeView& node, const Limits& limits) {
  NodeForm out;
  if (const std::string* tag = find_entry(node.metadata, kTagKey)) {
    out.tag = normal_tag(*tag, limits);
    if (const std::string* scope = find_entry(node.metadata, kScopeKey)) out.scope = *scope;
    if (!out.tag.empty()) {
      out.form = Form::modelexport;
      return out;
    }
  }
  if (const std::string* tag = find_entry(node.metadata, "winml.hierarchy.tag")) {
    out.tag = normal_tag(*tag, limits);
    if (!out.tag.empty()) {
      out.form = Form::winml;
      return out;
    }
  }
  if (from_attribute(node, limits, out) || from_doc_string(node, limits, out) || from_dynamo(node, out))
    return out;
  return NodeForm{};
}

}  // namespace modelexport::hierarchy
