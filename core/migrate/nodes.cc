#include "migrate/nodes.h"

#include <unordered_map>

#include "json/json.h"
#include "modelexport/hierarchy.h"

namespace modelexport::migrate {
namespace {

using hierarchy::Form;

constexpr std::size_t kMostShared = 100'000;

/// Equal texts of different nodes are one.
class Texts {
 public:
  SharedText share(const std::string& text) {
    if (text.empty()) return {};
    if (known_.size() > kMostShared) known_.clear();
    return known_.try_emplace(text, text).first->second;
  }

 private:
  std::unordered_map<std::string, SharedText> known_;
};

struct Open {
  onnx::MessageRef message;
  SharedText around;
  std::uint32_t index = 0;
  std::size_t owner = kNoNode;
  std::size_t function = kNoNode;
};

/// What each form says on its own; read_node_form() tells only which of them wins.
void read_tags(const onnx::NodeView& node, const Limits& limits, Texts& texts, NodeRecord& out) {
  for (const onnx::MetadataEntry& entry : node.metadata) {
    if (entry.key == hierarchy::kTagKey) out.tag_entry = texts.share(entry.value);
    if (entry.key == "winml.hierarchy.tag") out.tag_winml = texts.share(entry.value);
    if (entry.key == hierarchy::kScopeKey) out.has_scope = true;
  }
  for (const onnx::AttributeView& attribute : node.attributes) {
    if (attribute.name != hierarchy::kTagKey && attribute.name != "__hierarchy_tag") continue;
    if (!out.tag_attribute.empty() && out.tag_attribute.str() != attribute.s)
      out.tag_attribute_other = out.tag_attribute;
    out.tag_attribute = texts.share(attribute.s);
    out.tag_attribute_odd = attribute.s.empty() && attribute.string.size == 0;
  }
  if (node.doc_string.find("hierarchy_tags") == std::string::npos) return;
  onnx::NodeView only_doc;
  only_doc.doc_string = node.doc_string;
  const hierarchy::NodeForm form = hierarchy::read_node_form(only_doc, limits);
  if (form.form != Form::doc_string) return;
  out.tag_doc = texts.share(form.tag);
  out.doc_string = texts.share(node.doc_string);
}

void read_form(const onnx::NodeView& node, const Limits& limits, Texts& texts, NodeRecord& out) {
  hierarchy::NodeForm form = hierarchy::read_node_form(node, limits);
  out.form = form.form;
  out.tag = texts.share(form.tag);
  out.scope = texts.share(form.scope);
  if (!form.chain.empty())
    out.chain = std::make_shared<const std::vector<hierarchy::ChainLink>>(std::move(form.chain));
}

class Walk {
 public:
  Walk(const onnx::ModelView& model, const std::function<Status(NodeRecord&&)>& visit)
      : model_(model), visit_(visit) {}

  Status run() {
    push(model_.graph().nodes, "graph", kNoNode, kNoNode);
    ME_CHECK(drain());
    const auto& functions = model_.header().functions;
    for (std::size_t i = 0; i < functions.size(); ++i) {
      ME_TRY(const onnx::FunctionView function, model_.function(functions[i]));
      push(function.nodes, "functions[" + std::to_string(i) + "]", kNoNode, i);
      ME_CHECK(drain());
    }
    return {};
  }

 private:
  void push(const std::vector<onnx::MessageRef>& nodes, std::string graph, std::size_t owner,
            std::size_t function) {
    const SharedText around(std::move(graph));
    open_.reserve(open_.size() + nodes.size());
    for (std::size_t i = nodes.size(); i-- > 0;)
      open_.push_back({nodes[i], around, static_cast<std::uint32_t>(i), owner, function});
  }

  Status drain() {
    while (!open_.empty()) {
      const Open at = std::move(open_.back());
      open_.pop_back();
      if (count_ >= model_.limits().nodes)
        return fail(ErrorCode::model_limit, "the model has more than " + std::to_string(count_) + " nodes",
                    {}, "split the model, or export it again: no runtime uses a graph of this size");
      ME_TRY(onnx::NodeView node, model_.node(at.message));
      NodeRecord record;
      record.message = at.message;
      record.around = at.around;
      record.index = at.index;
      record.owner = at.owner;
      record.function = at.function;
      ME_CHECK(push_bodies(node, record));
      read_tags(node, model_.limits(), texts_, record);
      read_form(node, model_.limits(), texts_, record);
      record.name = std::move(node.name);
      record.op_type = texts_.share(node.op_type);
      record.domain = texts_.share(node.domain);
      record.inputs = std::move(node.inputs);
      record.outputs = std::move(node.outputs);
      ++count_;
      ME_CHECK(visit_(std::move(record)));
    }
    return {};
  }

  Status push_bodies(const onnx::NodeView& node, const NodeRecord& record) {
    for (std::size_t a = node.attributes.size(); a-- > 0;) {
      const auto& graphs = node.attributes[a].graphs;
      for (std::size_t g = graphs.size(); g-- > 0;) {
        if (graphs[g].depth > model_.limits().depth) continue;
        ME_TRY(const onnx::GraphView body, model_.subgraph(graphs[g]));
        std::string path = record.path() + ".attribute[" + std::to_string(a) + "].g";
        if (graphs.size() > 1) path += "raphs[" + std::to_string(g) + "]";
        push(body.nodes, std::move(path), count_, record.function);
      }
    }
    return {};
  }

  const onnx::ModelView& model_;
  const std::function<Status(NodeRecord&&)>& visit_;
  Texts texts_;
  std::vector<Open> open_;
  std::size_t count_ = 0;
};

}  // namespace

const std::string& SharedText::str() const {
  static const std::string nothing;
  return text_ == nullptr ? nothing : *text_;
}

Status visit_nodes(const onnx::ModelView& model, const std::function<Status(NodeRecord&&)>& visit) {
  return Walk(model, visit).run();
}

Result<std::vector<NodeRecord>> read_nodes(const onnx::ModelView& model) {
  std::vector<NodeRecord> nodes;
  nodes.reserve(model.graph().nodes.size());
  ME_CHECK(visit_nodes(model, [&](NodeRecord&& node) {
    nodes.push_back(std::move(node));
    return Status{};
  }));
  return nodes;
}

}  // namespace modelexport::migrate
