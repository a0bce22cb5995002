#include "migrate/proof.h"

#include <algorithm>

#include "modelexport/hierarchy.h"

namespace modelexport::migrate {
namespace {

using onnx::AttributeView;
using onnx::MessageRef;
using onnx::ModelView;
using onnx::TensorView;

std::uint64_t size_of(const onnx::PlanPiece& piece) {
  if (const auto* range = std::get_if<ByteRange>(&piece)) return range->size;
  return std::get<std::string>(piece).size();
}

tl::unexpected<Diagnostic> differs(std::string what, std::string field) {
  return fail(ErrorCode::migrate_changed, "the migrated model would differ: " + std::move(what),
              {.field = std::move(field)}, "nothing was written; report the file");
}

std::vector<const AttributeView*> own_attributes(const onnx::NodeView& node) {
  std::vector<const AttributeView*> list;
  for (const AttributeView& attribute : node.attributes)
    if (attribute.name != hierarchy::kTagKey && attribute.name != "__hierarchy_tag")
      list.push_back(&attribute);
  return list;
}

class Proof {
 public:
  Proof(const ModelView& before, const std::vector<NodeRecord>& nodes, const ModelView& after,
        const onnx::EditPlan& plan, const Allowed& allowed)
      : before_(before), nodes_(nodes), after_(after), copies_(plan), allowed_(allowed) {}

  Status run() {
    ME_CHECK(headers());
    ME_CHECK(values(before_.graph().inputs, after_.graph().inputs, "graph.input"));
    ME_CHECK(values(before_.graph().outputs, after_.graph().outputs, "graph.output"));
    ME_CHECK(tensors());
    return nodes();
  }

 private:
  Status headers() {
    const onnx::ModelHeader& a = before_.header();
    const onnx::ModelHeader& b = after_.header();
    if (a.ir_version != b.ir_version || a.producer_name != b.producer_name ||
        a.producer_version != b.producer_version || a.domain != b.domain ||
        a.model_version != b.model_version)
      return differs("IR version or producer", "model");
    const auto same = [](const onnx::OpsetImport& x, const onnx::OpsetImport& y) {
      return x.domain == y.domain && x.version == y.version;
    };
    if (!std::equal(a.opset_imports.begin(), a.opset_imports.end(), b.opset_imports.begin(),
                    b.opset_imports.end(), same))
      return differs("operator sets", "opset_import");
    if (a.functions.size() != b.functions.size()) return differs("functions", "functions");
    return {};
  }

  Result<bool> same_bytes(const MessageRef& a, const MessageRef& b) {
    if (a.size != b.size) return false;
    if (copies_.is_copy(b.content(), a.content())) return true;
    ME_TRY(const std::string x, before_.content(a));
    ME_TRY(const std::string y, after_.content(b));
    return x == y;
  }

  Status values(const std::vector<MessageRef>& a, const std::vector<MessageRef>& b,
                const std::string& field) {
    if (a.size() != b.size()) return differs("number of values", field);
    for (std::size_t i = 0; i < a.size() && !allowed_.names && !allowed_.shapes; ++i) {
      ME_TRY(const bool same, same_bytes(a[i], b[i]));
      if (!same) return differs("type or name of a value", field + "[" + std::to_string(i) + "]");
    }
    return {};
  }

  Status tensors() {
    const auto& a = before_.graph().initializers;
    const auto& b = after_.graph().initializers;
    if (a.size() != b.size()) return differs("number of weights", "graph.initializer");
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::string field = "graph.initializer[" + std::to_string(i) + "]";
      ME_TRY(const bool copied, same_bytes(a[i].message, b[i].message));
      if (copied) continue;
      // Only metadata and the place of external data may differ.
      const bool same = a[i].name == b[i].name && a[i].data_type == b[i].data_type &&
                        a[i].dims == b[i].dims && a[i].data_entries == b[i].data_entries &&
                        a[i].data_fields == b[i].data_fields && a[i].data.size == b[i].data.size &&
                        (a[i].data.size == 0 || copies_.is_copy(b[i].data, a[i].data)) &&
                        same_place(a[i], b[i]);
      if (!same) return differs("weight " + a[i].name, field);
    }
    return {};
  }

  static bool same_place(const TensorView& a, const TensorView& b) {
    if (a.data_location != b.data_location || a.external.has_value() != b.external.has_value()) return false;
    return !a.external || a.external->offset == b.external->offset;
  }

  Status nodes() {
    std::size_t next = 0;
    ME_CHECK(visit_nodes(after_, [&](NodeRecord&& now) -> Status {
      if (next >= nodes_.size()) return differs("number of nodes", "graph.node");
      return same_node(nodes_[next++], now);
    }));
    if (next != nodes_.size()) return differs("number of nodes", "graph.node");
    return {};
  }

  Status same_node(const NodeRecord& a, const NodeRecord& b) {
    const bool same = a.name == b.name && a.op_type.str() == b.op_type.str() &&
                      a.domain.str() == b.domain.str() && a.outputs == b.outputs && a.owner == b.owner &&
                      a.function == b.function && (allowed_.names || a.inputs == b.inputs);
    if (!same) return differs("node " + a.name, a.path());
    return attributes(a, b);
  }

  /// Bodies are compared node by node; their own weights only as copies.
  Status attributes(const NodeRecord& a, const NodeRecord& b) {
    ME_TRY(const onnx::NodeView x, before_.node(a.message));
    ME_TRY(const onnx::NodeView y, after_.node(b.message));
    const auto was = own_attributes(x);
    const auto now = own_attributes(y);
    if (was.size() != now.size()) return differs("attributes of " + a.name, a.path());
    for (std::size_t i = 0; i < was.size(); ++i) {
      if (was[i]->graphs.empty()) {
        ME_TRY(const bool same, same_bytes(was[i]->message, now[i]->message));
        if (!same) return differs("attribute " + was[i]->name + " of " + a.name, a.path());
        continue;
      }
      if (was[i]->name != now[i]->name || was[i]->graphs.size() != now[i]->graphs.size())
        return differs("bodies of " + a.name, a.path());
      for (std::size_t g = 0; g < was[i]->graphs.size(); ++g)
        ME_CHECK(body(was[i]->graphs[g], now[i]->graphs[g], a.path()));
    }
    return {};
  }

  Status body(const MessageRef& a, const MessageRef& b, const std::string& path) {
    if (a.depth > before_.limits().depth) return {};
    ME_TRY(const onnx::GraphView x, before_.subgraph(a));
    ME_TRY(const onnx::GraphView y, after_.subgraph(b));
    if (x.initializers.size() != y.initializers.size()) return differs("weights of a body", path);
    for (std::size_t i = 0; i < x.initializers.size(); ++i) {
      ME_TRY(const bool same, same_bytes(x.initializers[i].message, y.initializers[i].message));
      if (!same) return differs("weight " + x.initializers[i].name + " of a body", path);
    }
    return {};
  }

  const ModelView& before_;
  const std::vector<NodeRecord>& nodes_;
  const ModelView& after_;
  const CopyMap copies_;
  const Allowed allowed_;
};

}  // namespace

CopyMap::CopyMap(const onnx::EditPlan& plan) : plan_(plan) {
  std::uint64_t at = 0;
  for (const onnx::PlanPiece& piece : plan.pieces) {
    starts_.push_back(at);
    at += size_of(piece);
  }
}

bool CopyMap::is_copy(ByteRange output, ByteRange source) const {
  if (output.size != source.size) return false;
  if (output.size == 0) return true;
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), output.offset);
  if (next == starts_.begin()) return false;
  auto index = static_cast<std::size_t>(next - starts_.begin()) - 1;
  for (std::uint64_t done = 0; done < output.size; ++index) {
    if (index >= plan_.pieces.size()) return false;
    const auto* range = std::get_if<ByteRange>(&plan_.pieces[index]);
    if (range == nullptr) {
      if (std::get<std::string>(plan_.pieces[index]).empty()) continue;
      return false;
    }
    const std::uint64_t skip = output.offset + done - starts_[index];
    if (range->offset + skip != source.offset + done) return false;
    done += std::min(output.size - done, range->size - skip);
  }
  return true;
}

Status prove_same(const ByteSource& source, const std::vector<NodeRecord>& nodes, const onnx::EditPlan& plan,
                  const Allowed& allowed, const Limits& limits) {
  if (plan.unchanged()) return {};
  const onnx::PlannedSource result(plan, source);
  ME_TRY(const ModelView before, ModelView::open(source, limits));
  ME_TRY(const ModelView after, ModelView::open(result, limits));
  return Proof(before, nodes, after, plan, allowed).run();
}

}  // namespace modelexport::migrate
