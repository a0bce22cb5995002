#include "check/body_values.h"

#include <algorithm>
#include <cstdlib>

#include "check/shape/shape_node.h"
#include "check/shape/shapes.h"
#include "check/types.h"

namespace modelexport::check {
namespace {

constexpr Rule kArgument{
    .id = "ME-OP-016",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A body's input has another type or shape than its node gives it.",
    .why = "A loop's body is called with the node's own inputs; what it declares must agree with them.",
    .fix = "correct the type or shape of the body's input; export the model again",
    .example = "Loop that carries int64 through a body whose input is float",
};
constexpr Rule kResult{
    .id = "ME-OP-017",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "What bodies return cannot become the node's results.",
    .why =
        "Both branches of an If return the same types; what a loop carries keeps its type; lists of axes "
        "have "
        "an entry per input or output.",
    .fix = "correct the bodies, or the attributes of their node; export the model again",
    .example = "If whose then_branch returns float and whose else_branch returns int64",
};
constexpr const Rule* kRules[] = {&kArgument, &kResult};

std::string shape_text(const ShapeRef& shape) { return shape == nullptr ? "any shape" : dims_text(*shape); }

/// False where both know a size and the sizes differ.
bool fit(const Dims& a, const Dims& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] >= 0 && b[i] >= 0 && a[i] != b[i]) return false;
  return true;
}

/// What both say of the shape; nullptr where the numbers of dimensions differ.
ShapeRef common(const ShapeRef& a, const ShapeRef& b) {
  if (a == nullptr || b == nullptr || a->size() != b->size()) return nullptr;
  Dims out = *a;
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i] != (*b)[i]) out[i] = -1;
  return std::make_shared<const Dims>(std::move(out));
}

/// Each fills in what the other does not know.
ShapeRef joined(const ShapeRef& a, const ShapeRef& b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  Dims out = *a;
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i] < 0) out[i] = (*b)[i];
  return std::make_shared<const Dims>(std::move(out));
}

}  // namespace

const Group kBodyValuesGroup{.rules = kRules};

BodyValues::BodyValues(const NodeContext& node, Scope& scope) : node_(node) {
  const onnx::NodeView& view = node.node;
  const std::int64_t* version = node.graph.opsets.find(view.domain);
  if (!is_default_domain(view.domain) || version == nullptr) return;
  for (const std::string& name : view.inputs) inputs_.push_back(scope.value(name));
  if (view.op_type == "If") {
    kind_ = Kind::branch;
  } else if (view.op_type == "Loop" && inputs_.size() >= 2) {
    kind_ = Kind::loop;
    loop_arguments();
  } else if (view.op_type == "Scan" && *version >= 9) {
    kind_ = Kind::scan;
    scan_arguments();
  } else if (view.op_type == "SequenceMap") {
    kind_ = Kind::map;
    map_arguments();
  }
}

void BodyValues::report(std::string problem) {
  if (!failed_) node_.report(kResult, node_text(node_.node) + ": " + problem);
  failed_ = true;
}

std::vector<std::int64_t> BodyValues::list(std::string_view name) const {
  return ShapeNode(node_.model().model, node_.node, 0).list(name);
}

/// The iteration, the condition, and carried values whose shapes may change from one run to the next.
void BodyValues::loop_arguments() {
  arguments_.push_back({.type = 7});
  arguments_.push_back(inputs_[1]);
  for (std::size_t i = 2; i < inputs_.size(); ++i) {
    if (!inputs_[i].given) return report("input " + std::to_string(i) + " is carried and left out");
    arguments_.push_back({.type = inputs_[i].type});
  }
}

void BodyValues::scan_arguments() {
  const ShapeNode node(node_.model().model, node_.node, 0);
  const std::int64_t scanned = node.integer("num_scan_inputs", 0);
  if (scanned < 0 || scanned > static_cast<std::int64_t>(inputs_.size()))
    return report("num_scan_inputs is " + std::to_string(scanned) + " of " + std::to_string(inputs_.size()) +
                  " inputs");
  scanned_ = static_cast<std::size_t>(scanned);
  const std::size_t carried = inputs_.size() - scanned_;
  const std::size_t outputs = node_.node.outputs.size();
  if (carried > outputs)
    return report(std::to_string(carried) + " carried values for " + std::to_string(outputs) + " outputs");
  const auto axes = list("scan_input_axes");
  if (node.has("scan_input_axes") && axes.size() != scanned_)
    return report(std::to_string(axes.size()) + " scan_input_axes for " + std::to_string(scanned_) +
                  " inputs");
  if (node.has("scan_output_axes") && list("scan_output_axes").size() != outputs - carried)
    return report(std::to_string(list("scan_output_axes").size()) + " scan_output_axes for " +
                  std::to_string(outputs - carried) + " outputs");
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    Value value = inputs_[i];
    value.ints = nullptr;
    if (!value.given || value.type >= kOtherKind)
      return report("input " + std::to_string(i) + " is no tensor");
    if (i >= carried && value.shape != nullptr) {
      const auto rank = static_cast<std::int64_t>(value.shape->size());
      std::int64_t axis = axes.empty() ? 0 : axes[i - carried];
      if (axis < -rank || axis >= rank)
        return report("input " + std::to_string(i) + " has no axis " + std::to_string(axis));
      if (axis < 0) axis += rank;
      const std::int64_t size = (*value.shape)[static_cast<std::size_t>(axis)];
      if (size >= 0 && length_ >= 0 && size != length_)
        return report("sequences of " + std::to_string(length_) + " and " + std::to_string(size));
      if (size >= 0) length_ = size;
      Dims rest = *value.shape;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(axis));
      value.shape = std::make_shared<const Dims>(std::move(rest));
    }
    arguments_.push_back(std::move(value));
  }
}

/// Elements of the sequences; tensors as they are.
void BodyValues::map_arguments() {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].given) return report("input " + std::to_string(i) + " is left out");
    Value value = inputs_[i];
    value.ints = nullptr;
    if (value.type >= kOtherKind)
      value = {.type = value.type >= kSequence && value.type < kOptional ? value.type % 100 : 0};
    arguments_.push_back(std::move(value));
  }
}

void BodyValues::returned(std::string_view attribute, std::vector<Value> values) {
  if (kind_ == Kind::branch && attribute == "else_branch") {
    second_ = std::move(values);
    has_second_ = true;
  } else if (attribute == (kind_ == Kind::branch ? "then_branch" : "body")) {
    first_ = std::move(values);
    has_first_ = true;
  }
}

std::vector<Value> BodyValues::results() {
  if (failed_ || !has_first_ || (kind_ == Kind::branch && !has_second_)) return {};
  std::vector<Value> values;
  switch (kind_) {
    case Kind::branch:
      values = branch_results();
      break;
    case Kind::loop:
      values = loop_results();
      break;
    case Kind::scan:
      values = scan_results();
      break;
    case Kind::map:
      for (const Value& value : first_)
        values.push_back(
            {.type = value.type > 0 && value.type < kOtherKind ? kSequence + value.type : kSequence});
      break;
    case Kind::none:
      break;
  }
  if (failed_) values.clear();
  return values;
}

std::vector<Value> BodyValues::branch_results() {
  std::vector<Value> values;
  // Another number is core/check/rules/bodies.cc's.
  for (std::size_t i = 0; i < first_.size() && i < second_.size(); ++i) {
    const Value& a = first_[i];
    const Value& b = second_[i];
    if (a.type > 0 && b.type > 0 && !same_type(a.type, b.type))
      report("output " + std::to_string(i) + " is " + type_text(a.type) + " in then_branch and " +
             type_text(b.type) + " in else_branch");
    values.push_back({.type = a.type > 0 ? a.type : b.type, .shape = common(a.shape, b.shape)});
  }
  return values;
}

std::vector<Value> BodyValues::loop_results() {
  std::vector<Value> values;
  const std::size_t carried = inputs_.size() - 2;
  // A body returns the condition first.
  for (std::size_t i = 0; i + 1 < first_.size(); ++i) {
    const Value& made = first_[i + 1];
    if (i < carried) {
      ElemType type = inputs_[i + 2].type;
      // An optional may become what is in it.
      if (type > 0 && type < kOptional && made.type > 0 && made.type < kOptional &&
          !same_type(type, made.type))
        report("carries " + type_text(type) + " and gets " + type_text(made.type) + " back as value " +
               std::to_string(i));
      if (type >= kOptional && type != made.type) type = 0;
      values.push_back({.type = type > 0 ? type : made.type});
      continue;
    }
    if (made.type >= kOtherKind) report("output " + std::to_string(i) + " collects what is no tensor");
    Value value{.type = made.type};
    if (made.shape != nullptr) {
      Dims dims(1, -1);
      dims.insert(dims.end(), made.shape->begin(), made.shape->end());
      value.shape = std::make_shared<const Dims>(std::move(dims));
    }
    values.push_back(std::move(value));
  }
  return values;
}

std::vector<Value> BodyValues::scan_results() {
  std::vector<Value> values;
  const std::size_t carried = inputs_.size() - scanned_;
  const auto axes = list("scan_output_axes");
  for (std::size_t i = 0; i < first_.size(); ++i) {
    const Value& made = first_[i];
    if (made.type >= kOtherKind) report("output " + std::to_string(i) + " is no tensor");
    if (i < carried) {
      const Value& given = inputs_[i];
      if (given.shape != nullptr && made.shape != nullptr && !fit(*given.shape, *made.shape)) {
        report("value " + std::to_string(i) + " goes in as " + shape_text(given.shape) +
               " and comes back as " + shape_text(made.shape));
        return values;
      }
      values.push_back(
          {.type = given.type > 0 ? given.type : made.type, .shape = joined(given.shape, made.shape)});
      continue;
    }
    Value value{.type = made.type};
    if (made.shape != nullptr) {
      const auto rank = static_cast<std::int64_t>(made.shape->size()) + 1;
      std::int64_t axis = i - carried < axes.size() ? axes[i - carried] : 0;
      if (axis < -rank || axis >= rank) {
        report("output " + std::to_string(i) + " has no axis " + std::to_string(axis));
        return values;
      }
      if (axis < 0) axis += rank;
      Dims dims = *made.shape;
      dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), length_);
      value.shape = std::make_shared<const Dims>(std::move(dims));
    }
    values.push_back(std::move(value));
  }
  return values;
}

void bind_arguments(GraphContext& body, Scope& scope, const std::vector<Value>& arguments) {
  std::vector<std::pair<std::size_t, onnx::ValueView>> inputs;
  for (std::size_t i = 0; i < body.graph.inputs.size(); ++i) {
    auto value = body.model.model.value(body.graph.inputs[i]);
    if (!value) return;
    const Definition* own = scope.own(value->name);
    // Inputs with a default are not the node's business.
    if (own != nullptr && !own->has_initializer) inputs.emplace_back(i, std::move(*value));
  }
  if (inputs.size() != arguments.size()) return;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& [index, value] = inputs[i];
    Definition& own = *scope.own(value.name);
    const Value& given = arguments[i];
    const bool other_type = given.type > 0 && own.type > 0 && !same_type(given.type, own.type);
    const bool other_shape = given.shape != nullptr && own.shape != nullptr && !fit(*given.shape, *own.shape);
    if (other_type || other_shape) {
      body.model.report(kArgument,
                        in_quotes(value.name) + " is declared as " +
                            (other_type ? type_text(own.type) : shape_text(own.shape)) + " and given " +
                            (other_type ? type_text(given.type) : shape_text(given.shape)),
                        Place{&body.place, "input", index}, value.message.offset);
      // Said once: the body is gone through with what it is given.
      own.type = given.type > 0 ? given.type : own.type;
      own.shape = given.shape;
      continue;
    }
    if (own.type <= 0 || own.type == kOtherKind) own.type = given.type;
    own.shape = joined(own.shape, given.shape);
    own.ints = given.ints;
  }
}

std::vector<Value> returned_values(const GraphContext& graph, Scope& scope) {
  std::vector<Value> values;
  for (const onnx::MessageRef& message : graph.graph.outputs) {
    const auto output = graph.model.model.value(message);
    if (!output) return values;
    const Definition* own = scope.own(output->name);
    Value value = own == nullptr ? Value{} : Value{own->type, own->shape, nullptr};
    if (value.type <= 0) value.type = type_of(graph.model.model, *output);
    if (own == nullptr) value.shape = declared_shape(*output);
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace modelexport::check
