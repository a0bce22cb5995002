#include "migrate/nodes.h"

#include "json/json.h"
#include "modelexport/hierarchy.h"

namespace modelexport::migrate {
namespace {

using hierarchy::Form;

struct Open {
  onnx::MessageRef message;
  std::string path;
  std::size_t owner = kNoNode;
  std::size_t function = kNoNode;
};

void push(const std::vector<onnx::MessageRef>& nodes, const std::string& graph, std::size_t owner,
          std::size_t function, std::vector<Open>& open) {
  for (std::size_t i = nodes.size(); i-- > 0;)
    open.push_back({nodes[i], graph + ".node[" + std::to_string(i) + "]", owner, function});
}

/// What each form says on its own; read_node_form() tells only which of them wins.
void read_tags(const onnx::NodeView& node, const Limits& limits, NodeRecord& out) {
  for (const onnx::MetadataEntry& entry : node.metadata) {
    if (entry.key == hierarchy::kTagKey) out.tag_entry = entry.value;
    if (entry.key == "winml.hierarchy.tag") out.tag_winml = entry.value;
    if (entry.key == hierarchy::kScopeKey) out.has_scope = true;
  }
  for (const onnx::AttributeView& attribute : node.attributes) {
    if (attribute.name != hierarchy::kTagKey && attribute.name != "__hierarchy_tag") continue;
    out.tag_attribute = attribute.s;
    out.tag_attribute_odd = attribute.s.empty() && attribute.string.size == 0;
  }
  if (node.doc_string.find("hierarchy_tags") == std::string::npos) return;
  onnx::NodeView only_doc;
  only_doc.doc_string = node.doc_string;
  const hierarchy::NodeForm form = hierarchy::read_node_form(only_doc, limits);
  if (form.form != Form::doc_string) return;
  out.tag_doc = form.tag;
  out.doc_string = node.doc_string;
}

class Walk {
 public:
  explicit Walk(const onnx::ModelView& model) : model_(model) {}

  Result<std::vector<NodeRecord>> run() {
    push(model_.graph().nodes, "graph", kNoNode, kNoNode, open_);
    ME_CHECK(drain());
    const auto& functions = model_.header().functions;
    for (std::size_t i = 0; i < functions.size(); ++i) {
      ME_TRY(const onnx::FunctionView function, model_.function(functions[i]));
      push(function.nodes, "functions[" + std::to_string(i) + "]", kNoNode, i, open_);
      ME_CHECK(drain());
    }
    return std::move(nodes_);
  }

 private:
  Status drain() {
    while (!open_.empty()) {
      Open at = std::move(open_.back());
      open_.pop_back();
      if (nodes_.size() >= model_.limits().nodes)
        return fail(ErrorCode::model_limit,
                    "the model has more than " + std::to_string(nodes_.size()) + " nodes");
      ME_TRY(onnx::NodeView node, model_.node(at.message));
      ME_CHECK(push_bodies(node, at));
      NodeRecord record;
      read_tags(node, model_.limits(), record);
      record.form = hierarchy::read_node_form(node, model_.limits());
      record.message = at.message;
      record.path = std::move(at.path);
      record.name = std::move(node.name);
      record.op_type = std::move(node.op_type);
      record.domain = std::move(node.domain);
      record.inputs = std::move(node.inputs);
      record.outputs = std::move(node.outputs);
      record.owner = at.owner;
      record.function = at.function;
      nodes_.push_back(std::move(record));
    }
    return {};
  }

  Status push_bodies(const onnx::NodeView& node, const Open& at) {
    for (std::size_t a = node.attributes.size(); a-- > 0;) {
      const auto& graphs = node.attributes[a].graphs;
      for (std::size_t g = graphs.size(); g-- > 0;) {
        if (graphs[g].depth > model_.limits().depth) continue;
        ME_TRY(const onnx::GraphView body, model_.subgraph(graphs[g]));
        std::string path = at.path + ".attribute[" + std::to_string(a) + "].g";
        if (graphs.size() > 1) path += "raphs[" + std::to_string(g) + "]";
        push(body.nodes, path, nodes_.size(), at.function, open_);
      }
    }
    return {};
  }

  const onnx::ModelView& model_;
  std::vector<Open> open_;
  std::vector<NodeRecord> nodes_;
};

}  // namespace

Result<std::vector<NodeRecord>> read_nodes(const onnx::ModelView& model) { return Walk(model).run(); }

}  // namespace modelexport::migrate
