#include "check/context.h"

#include "modelexport/hierarchy.h"

namespace modelexport::check {
namespace {

std::string module_of(const onnx::NodeView& node) {
  for (const onnx::MetadataEntry& entry : node.metadata)
    if (entry.key == hierarchy::kTagKey) return entry.value;
  for (const onnx::AttributeView& attribute : node.attributes)
    if (attribute.name == hierarchy::kTagKey) return attribute.s;
  return {};
}

}  // namespace

const std::int64_t* Opsets::find(std::string_view domain) const {
  const std::int64_t* found = nullptr;
  for (const auto& [name, version] : imports)
    if (name == domain || (is_default_domain(name) && is_default_domain(domain))) found = &version;
  return found;
}

std::string function_key(std::string_view domain, std::string_view name, std::string_view overload) {
  std::string key(is_default_domain(domain) ? std::string_view() : domain);
  key.push_back('\0');
  key.append(name).push_back('\0');
  key.append(overload);
  return key;
}

bool becomes_initializer(const NodeContext& context) {
  return context.node.op_type == "Constant" && is_default_domain(context.node.domain) &&
         context.graph.kind != GraphKind::function;
}

std::string node_text(const onnx::NodeView& node) {
  std::string out = node.name.empty() ? "an unnamed node" : "node " + in_quotes(node.name);
  return out + " (" + (node.op_type.empty() ? "no operator" : node.op_type.substr(0, 80)) + ")";
}

Finding& NodeContext::report(const Rule& rule, std::string message, const Place& at,
                             std::uint64_t offset) const {
  Finding& finding = model().findings.add(rule, std::move(message), &at, offset);
  finding.node = node.name;
  finding.module = module_of(node);
  return finding;
}

Finding& TensorContext::report(const Rule& rule, std::string message) const {
  Finding& finding = node ? node->report(rule, std::move(message), place, tensor.message.offset)
                          : model.report(rule, std::move(message), place, tensor.message.offset);
  finding.refused_by = readers(rule.refused_by);
  return finding;
}

Finding& TensorContext::report_group(const std::string& group, const Rule& rule, std::string message) const {
  const bool more = node == nullptr;
  Finding& finding =
      more ? model.findings.add_to(group, rule, std::move(message), &place, tensor.message.offset)
           : node->report(rule, std::move(message), place, tensor.message.offset);
  finding.refused_by = readers(rule.refused_by);
  return finding;
}

Readers TensorContext::readers(Readers all) const { return used ? all : all & Reader::onnx; }

}  // namespace modelexport::check
