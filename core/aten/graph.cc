#include "modelexport/aten.h"

namespace modelexport::aten {

const Arg* Op::find(std::string_view name) const {
  for (const NamedArg& arg : args)
    if (arg.name == name) return &arg.value;
  return nullptr;
}

ValueId Graph::add_value(std::string name) {
  values.push_back({std::move(name), std::nullopt});
  return static_cast<ValueId>(values.size() - 1);
}

namespace {

class Validator {
 public:
  Validator(const Graph& graph, const Limits& limits)
      : graph_(graph), limits_(limits), defined_(graph.values.size()) {}

  Status run() {
    if (graph_.ops.size() > limits_.nodes) return bad("graph", "more operators than the limit");
    if (graph_.tensors.size() > limits_.tensors) return bad("graph", "more tensors than the limit");
    if (graph_.modules.empty() || graph_.calls.empty()) return bad("graph", "no root module or call");
    ME_CHECK(tables());
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
      const auto& value = graph_.values[i];
      if (!value.tensor) continue;
      if (*value.tensor >= graph_.tensors.size())
        return bad("value[" + std::to_string(i) + "]", "tensor index out of range");
      defined_[i] = true;
    }
    for (const Input& input : graph_.inputs) ME_CHECK(define(input.value, "inputs"));
    ME_CHECK(ops(graph_.ops, "ops", 0));
    for (const Output& output : graph_.outputs) ME_CHECK(use(output.value, "outputs"));
    return {};
  }

 private:
  static tl::unexpected<Diagnostic> bad(std::string field, std::string message) {
    return fail(ErrorCode::arc_invalid_graph, std::move(message),
                {.path = {}, .field = std::move(field), .offset = {}});
  }

  Status tables() {
    for (std::size_t i = 0; i < graph_.calls.size(); ++i) {
      const Call& call = graph_.calls[i];
      if (call.module >= graph_.modules.size() || (i > 0 && call.parent >= i) || (i == 0 && call.parent != 0))
        return bad("calls[" + std::to_string(i) + "]", "module or parent out of range");
    }
    for (std::size_t i = 0; i < graph_.tensors.size(); ++i) {
      const Tensor& t = graph_.tensors[i];
      if (t.sizes.size() != t.strides.size() || t.sizes.size() > limits_.rank)
        return bad("tensors[" + std::to_string(i) + "]", "sizes and strides disagree");
      ME_CHECK(extent(t, i));
    }
    return {};
  }

  /// The view's last element lies inside the storage.
  Status extent(const Tensor& t, std::size_t index) {
    const std::string field = "tensors[" + std::to_string(index) + "] (" + t.name + ")";
    std::int64_t last = t.storage_offset;
    if (t.storage_offset < 0) return bad(field, "negative storage offset");
    for (std::size_t d = 0; d < t.sizes.size(); ++d) {
      if (t.sizes[d] < 0 || t.strides[d] < 0) return bad(field, "negative size or stride");
      if (t.sizes[d] == 0) return {};
      std::int64_t reach = 0;
      if (__builtin_mul_overflow(t.sizes[d] - 1, t.strides[d], &reach) ||
          __builtin_add_overflow(last, reach, &last))
        return bad(field, "size overflows");
    }
    std::int64_t bytes = 0;
    if (last == INT64_MAX) return bad(field, "size overflows");
    if (__builtin_mul_overflow(last + 1, static_cast<std::int64_t>(dtype_bytes(t.dtype)), &bytes) ||
        static_cast<std::uint64_t>(bytes) > t.storage.size)
      return bad(field, "the tensor reaches past its storage");
    return {};
  }

  Status define(ValueId id, const std::string& field) {
    if (id >= defined_.size()) return bad(field, "value index out of range");
    if (defined_[id]) return bad(field, "value '" + graph_.values[id].name + "' is defined twice");
    defined_[id] = true;
    return {};
  }
  Status use(ValueId id, const std::string& field) {
    if (id >= defined_.size() || !defined_[id]) return bad(field, "a value is used before it is defined");
    return {};
  }
  Status use(const Arg& arg, const std::string& field) {
    if (const Ref* ref = arg.get<Ref>()) return use(ref->value, field);
    if (const ArgList* list = arg.get<ArgList>())
      for (const Arg& item : *list) ME_CHECK(use(item, field));
    return {};
  }

  Status ops(const std::vector<Op>& list, const std::string& field, std::uint32_t depth) {
    if (depth > limits_.depth) return bad(field, "blocks are nested too deeply");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Op& op = list[i];
      const std::string here = field + "[" + std::to_string(i) + "] " + op.target;
      if (op.call >= graph_.calls.size()) return bad(here, "call index out of range");
      for (const NamedArg& arg : op.args) ME_CHECK(use(arg.value, here));
      for (const Block& block : op.blocks) {
        for (ValueId id : block.inputs) ME_CHECK(define(id, here));
        ME_CHECK(ops(block.ops, here, depth + 1));
        for (ValueId id : block.outputs) ME_CHECK(use(id, here));
      }
      for (ValueId id : op.outputs) ME_CHECK(define(id, here));
    }
    return {};
  }

  const Graph& graph_;
  const Limits& limits_;
  std::vector<bool> defined_;
};

}  // namespace

Status Graph::validate(const Limits& limits) const { return Validator(*this, limits).run(); }

}  // namespace modelexport::aten
