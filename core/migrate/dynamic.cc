#include "migrate/dynamic.h"

#include <algorithm>
#include <array>
#include <optional>

#include "hierarchy/input_names.h"
#include "wire/scanner.h"
#include "wire/writer.h"

namespace modelexport::migrate {
namespace {

using onnx::AttributeView;
using onnx::MessageRef;
using onnx::NodeView;
using onnx::ValueView;

constexpr std::string_view kSymbol = "batch_size";

/// How an operator treats the first axis of what it gets.
enum class Kind : std::uint8_t {
  elementwise,  ///< by broadcasting: the others must not have the axis, or be batches of the same rank
  first,        ///< the first input is the batch, all others are constants
  matmul,
  gemm,
  concat,
  flatten,
  axis,       ///< works along one axis, which must not be the first
  transpose,  ///< must leave the first axis first
};

struct Carrier {
  std::string_view op;
  Kind kind;
};

constexpr std::array kCarriers = {
    Carrier{"Abs", Kind::first},           Carrier{"Add", Kind::elementwise},
    Carrier{"AveragePool", Kind::first},   Carrier{"BatchNormalization", Kind::first},
    Carrier{"Cast", Kind::first},          Carrier{"Clip", Kind::first},
    Carrier{"Concat", Kind::concat},       Carrier{"Conv", Kind::first},
    Carrier{"ConvTranspose", Kind::first}, Carrier{"Div", Kind::elementwise},
    Carrier{"Dropout", Kind::first},       Carrier{"Elu", Kind::first},
    Carrier{"Erf", Kind::first},           Carrier{"Exp", Kind::first},
    Carrier{"Flatten", Kind::flatten},     Carrier{"Gelu", Kind::first},
    Carrier{"Gemm", Kind::gemm},           Carrier{"GlobalAveragePool", Kind::first},
    Carrier{"GlobalMaxPool", Kind::first}, Carrier{"GroupNormalization", Kind::first},
    Carrier{"HardSigmoid", Kind::first},   Carrier{"HardSwish", Kind::first},
    Carrier{"Identity", Kind::first},      Carrier{"InstanceNormalization", Kind::first},
    Carrier{"LRN", Kind::first},           Carrier{"LayerNormalization", Kind::axis},
    Carrier{"LeakyRelu", Kind::first},     Carrier{"Log", Kind::first},
    Carrier{"LogSoftmax", Kind::axis},     Carrier{"MatMul", Kind::matmul},
    Carrier{"MaxPool", Kind::first},       Carrier{"Mul", Kind::elementwise},
    Carrier{"Neg", Kind::first},           Carrier{"Pow", Kind::elementwise},
    Carrier{"Relu", Kind::first},          Carrier{"Selu", Kind::first},
    Carrier{"Sigmoid", Kind::first},       Carrier{"Softmax", Kind::axis},
    Carrier{"Softplus", Kind::first},      Carrier{"Sqrt", Kind::first},
    Carrier{"Sub", Kind::elementwise},     Carrier{"Tanh", Kind::first},
    Carrier{"Transpose", Kind::transpose},
};

tl::unexpected<Diagnostic> refuse(std::string why, std::string field = {}) {
  return fail(
      ErrorCode::migrate_dynamic, "the batch size stays fixed: " + std::move(why),
      {.field = std::move(field)},
      "leave --dynamic out and feed the sizes of the export, or export again: modelexport export SOURCE");
}

const AttributeView* find(const NodeView& node, std::string_view name) {
  for (const AttributeView& attribute : node.attributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

class Proof {
 public:
  Proof(const onnx::ModelView& model, const std::vector<NodeRecord>& nodes) : model_(model), nodes_(nodes) {}

  Result<BatchValues> run() {
    for (const onnx::TensorView& tensor : model_.graph().initializers) constants_[tensor.name] = tensor.dims;
    ME_CHECK(take_inputs());
    for (const NodeRecord& record : nodes_) {
      if (!record.in_main_graph()) return refuse("the model has branches, loops or functions", record.path());
      ME_CHECK(step(record));
    }
    for (const MessageRef& message : model_.graph().outputs) {
      ME_TRY(const ValueView value, model_.value(message));
      if (batch_.find(value.name) == batch_.end())
        return refuse("the output '" + value.name + "' does not follow the batch", "graph.output");
    }
    return std::move(batch_);
  }

 private:
  Status take_inputs() {
    std::optional<std::int64_t> size;
    for (const MessageRef& message : model_.graph().inputs) {
      ME_TRY(const ValueView value, model_.value(message));
      if (constants_.find(value.name) != constants_.end()) continue;
      const auto* batch = value.shape.empty() ? nullptr : std::get_if<std::int64_t>(&value.shape.front());
      if (batch == nullptr || (size && *size != *batch))
        return refuse("the input '" + value.name + "' has no batch axis that all inputs share",
                      "graph.input");
      size = *batch;
      batch_[value.name] = value.shape.size();
    }
    return {};
  }

  [[nodiscard]] std::optional<std::size_t> rank(const std::string& value) const {
    const auto found = batch_.find(value);
    return found == batch_.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] bool is_constant(const std::string& value) const {
    return value.empty() || constants_.find(value) != constants_.end();
  }

  Status step(const NodeRecord& record) {
    ME_TRY(const NodeView node, model_.node(record.message));
    if (node.op_type == "Constant" && node.domain.empty()) return take_constant(node, record);
    const auto* carrier =
        std::lower_bound(kCarriers.begin(), kCarriers.end(), node.op_type,
                         [](const Carrier& row, const std::string& op) { return row.op < op; });
    const bool known = carrier != kCarriers.end() && carrier->op == node.op_type && node.domain.empty();
    std::optional<std::size_t> result;
    if (known && !node.inputs.empty()) result = carry(carrier->kind, node);
    if (!result)
      return refuse("nothing proves that " + node.op_type + " '" + node.name + "' carries it through",
                    record.path());
    for (const std::string& output : node.outputs) batch_[output] = *result;
    return {};
  }

  Status take_constant(const NodeView& node, const NodeRecord& record) {
    const AttributeView* value = find(node, "value");
    if (value == nullptr || value->tensors.size() != 1 || node.outputs.size() != 1)
      return refuse("the constant '" + node.name + "' is not understood", record.path());
    ME_TRY(const onnx::TensorView tensor, model_.tensor(value->tensors.front()));
    constants_[node.outputs.front()] = tensor.dims;
    return {};
  }

  /// The rank of the result if the axis is carried through.
  std::optional<std::size_t> carry(Kind kind, const NodeView& node) {
    const auto first = rank(node.inputs.front());
    switch (kind) {
      case Kind::elementwise:
        return elementwise(node);
      case Kind::matmul:
        return matmul(node);
      case Kind::concat:
        return concat(node);
      default:
        break;
    }
    const bool others = std::all_of(node.inputs.begin() + 1, node.inputs.end(),
                                    [&](const std::string& input) { return is_constant(input); });
    if (!first || !others || *first < 2) return std::nullopt;
    if (kind == Kind::first) return first;
    if (kind == Kind::gemm) return gemm(node);
    if (kind == Kind::flatten) {
      const AttributeView* axis = find(node, "axis");
      return axis == nullptr || axis->i == 1 ? std::optional<std::size_t>(2) : std::nullopt;
    }
    if (kind == Kind::axis) {
      const AttributeView* axis = find(node, "axis");
      const std::int64_t at = axis == nullptr ? -1 : axis->i;
      const bool later = at > 0 || (at < 0 && at > -static_cast<std::int64_t>(*first));
      return later ? first : std::nullopt;
    }
    return keeps_first(node) ? first : std::nullopt;
  }

  std::optional<std::size_t> elementwise(const NodeView& node) {
    std::optional<std::size_t> result;
    for (const std::string& input : node.inputs)
      if (const auto own = rank(input)) {
        if (result && *result != *own) return std::nullopt;
        result = own;
      }
    if (!result || *result < 2) return std::nullopt;
    for (const std::string& input : node.inputs) {
      if (rank(input)) continue;
      const auto constant = constants_.find(input);
      if (constant == constants_.end() || constant->second.size() > *result) return std::nullopt;
      if (constant->second.size() == *result && constant->second.front() != 1) return std::nullopt;
    }
    return result;
  }

  std::optional<std::size_t> matmul(const NodeView& node) {
    if (node.inputs.size() != 2) return std::nullopt;
    const auto left = rank(node.inputs[0]);
    const auto right = rank(node.inputs[1]);
    if (left && right) return *left == *right && *left >= 3 ? left : std::nullopt;
    const auto constant = constants_.find(node.inputs[1]);
    if (!left || *left < 2 || constant == constants_.end() || constant->second.size() != 2)
      return std::nullopt;
    return left;
  }

  std::optional<std::size_t> gemm(const NodeView& node) {
    const AttributeView* transposed = find(node, "transA");
    if (transposed != nullptr && transposed->i != 0) return std::nullopt;
    if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
      const std::vector<std::int64_t>& bias = constants_[node.inputs[2]];
      if (bias.size() == 2 && bias.front() != 1) return std::nullopt;
    }
    return 2;
  }

  std::optional<std::size_t> concat(const NodeView& node) {
    const AttributeView* axis = find(node, "axis");
    const auto first = rank(node.inputs.front());
    const bool same = std::all_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
      return rank(input) && rank(input) == first;
    });
    if (axis == nullptr || !same) return std::nullopt;
    const bool later = axis->i > 0 || (axis->i < 0 && axis->i > -static_cast<std::int64_t>(*first));
    return later ? first : std::nullopt;
  }

  /// perm[0] == 0: the first number of the attribute's list.
  bool keeps_first(const NodeView& node) {
    const AttributeView* perm = find(node, "perm");
    if (perm == nullptr) return false;
    wire::Scanner scanner(model_.window(), perm->message.content());
    wire::Field field;
    while (scanner.next(field)) {
      if (field.number != 8) continue;  // ints: one by one, or packed
      if (!field.is_length()) return field.value == 0;
      const auto text = model_.content({field.offset, field.size, field.header, perm->message.depth + 1});
      return text && !text->empty() && text->front() == 0;
    }
    return false;
  }

  const onnx::ModelView& model_;
  const std::vector<NodeRecord>& nodes_;
  BatchValues batch_;
  std::map<std::string, std::vector<std::int64_t>, std::less<>> constants_;
};

/// The `number`-th child of a message; nothing if it has none.
Result<std::optional<MessageRef>> child_of(const onnx::ModelView& model, const MessageRef& parent,
                                           std::uint32_t number) {
  wire::Scanner scanner(model.window(), parent.content());
  wire::Field field;
  while (scanner.next(field))
    if (field.number == number && field.is_length())
      return std::optional(MessageRef{field.offset, field.size, field.header, parent.depth + 1});
  ME_CHECK(scanner.status());
  return std::optional<MessageRef>{};
}

/// ValueInfo.type.tensor_type.shape.dim[0] becomes the symbol.
Status free_value(const onnx::ModelView& model, const MessageRef& value, const std::string& path,
                  onnx::EditBuilder& edit) {
  MessageRef at = value;
  for (const std::uint32_t number : {2U, 1U, 2U}) {
    ME_TRY(const std::optional<MessageRef> next, child_of(model, at, number));
    if (!next) return {};
    at = *next;
  }
  ME_TRY(const std::optional<MessageRef> dim, child_of(model, at, 1));
  if (!dim) return {};
  ME_TRY(const ValueView view, model.value(value));
  const auto* size = std::get_if<std::int64_t>(&view.shape.front());
  if (size == nullptr) return {};
  std::string content;
  wire::put_bytes(content, 2, kSymbol);
  edit.replace(at, *dim, 1, content,
               {path + ".type.tensor_type.shape.dim[0]", std::to_string(*size), std::string(kSymbol)});
  return {};
}

}  // namespace

Result<BatchValues> prove_batch(const onnx::ModelView& model, const std::vector<NodeRecord>& nodes) {
  return Proof(model, nodes).run();
}

Status free_batch(const onnx::ModelView& model, const std::vector<NodeRecord>& nodes, onnx::EditBuilder& edit,
                  std::vector<Step>& steps) {
  bool fixed = false;
  for (const MessageRef& message : model.graph().inputs) {
    ME_TRY(const ValueView value, model.value(message));
    fixed = fixed || (!value.shape.empty() && std::holds_alternative<std::int64_t>(value.shape.front()));
  }
  if (!fixed) return {};
  ME_TRY(const BatchValues batch, prove_batch(model, nodes));
  const onnx::GraphView& graph = model.graph();
  const std::pair<const std::vector<MessageRef>*, std::string_view> lists[] = {
      {&graph.inputs, "graph.input"},
      {&graph.outputs, "graph.output"},
      {&graph.value_infos, "graph.value_info"}};
  for (const auto& [list, name] : lists) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      ME_TRY(const ValueView value, model.value((*list)[i]));
      if (batch.find(value.name) == batch.end()) continue;
      ME_CHECK(free_value(model, (*list)[i], std::string(name) + "[" + std::to_string(i) + "]", edit));
    }
  }
  steps.push_back({"ME-LEGACY-021", "the batch axis is called " + std::string(kSymbol) + ": all " +
                                        counted(nodes.size(), "node") + " carry it through"});
  return {};
}

}  // namespace modelexport::migrate
