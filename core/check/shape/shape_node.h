// One node whose result shapes are wanted: what is known of its inputs, and its attributes.
//
// Purpose   Functions of the operator table (infer.h) read from here and fill in `outputs`, or say what does
//           not fit. They follow what onnx's own shape inference refuses, and nothing beyond it: whatever
//           they do not know stays unknown, because ONNX Runtime loads such models.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check/scope.h"
#include "modelexport/model_view.h"

namespace modelexport::check {

/// Any number of dimensions.
inline constexpr std::size_t kNoEnd = ~std::size_t{0};

class ShapeNode {
 public:
  ShapeNode(const onnx::ModelView& model, const onnx::NodeView& node, std::int64_t version);

  void set_input(std::size_t i, const Definition* value) { inputs_[i] = value; }
  [[nodiscard]] std::int64_t version() const { return version_; }
  [[nodiscard]] const onnx::NodeView& node() const { return node_; }
  [[nodiscard]] std::size_t count() const { return inputs_.size(); }
  /// nullptr: omitted, or its shape is not known.
  [[nodiscard]] ShapeRef input(std::size_t i) const;
  /// Element type of an input; 0: not known.
  [[nodiscard]] ElemType type(std::size_t i) const;
  /// Its value is in the file and nobody can replace it.
  [[nodiscard]] bool is_constant(std::size_t i) const;
  /// nullptr: omitted, or no constant. ONNX Runtime has not read external data yet when it wants to know
  /// these: for them, that is a problem.
  const std::vector<std::int64_t>* ints(std::size_t i);
  /// The same where nobody minds that they are not known.
  [[nodiscard]] const std::vector<std::int64_t>* known_ints(std::size_t i) const;
  [[nodiscard]] bool has(std::size_t i) const { return i < node_.inputs.size() && !node_.inputs[i].empty(); }

  [[nodiscard]] const onnx::AttributeView* attribute(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  [[nodiscard]] bool has(std::string_view name) const { return attribute(name) != nullptr; }
  /// The numbers of a list attribute; empty also where it is missing.
  [[nodiscard]] std::vector<std::int64_t> list(std::string_view name) const;

  void set(std::size_t output, ShapeRef shape);
  void set(std::size_t output, Dims dims) { set(output, std::make_shared<const Dims>(std::move(dims))); }
  void set_constant(IntsRef ints) { constant_ = std::move(ints); }
  void fail(std::string problem) { problem_ = std::move(problem); }

  [[nodiscard]] const std::vector<ShapeRef>& outputs() const { return outputs_; }
  [[nodiscard]] const IntsRef& constant() const { return constant_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const onnx::ModelView& model() const { return model_; }

  /// -rank..rank-1 (or `last`) as 0..rank-1; nothing, and a problem, outside.
  std::optional<std::size_t> axis(std::int64_t at, std::size_t rank);
  /// The same for a list, which names none twice.
  std::optional<std::vector<std::size_t>> axes(const std::vector<std::int64_t>& list, std::size_t rank);
  /// False, and a problem, where a known shape has another number of dimensions.
  bool rank(std::size_t i, std::size_t wanted) { return rank(i, wanted, wanted); }
  bool rank(std::size_t i, std::size_t least, std::size_t most);
  /// Sizes that must be one: joins `dim` into `size`. False, and a problem, where both are known and differ.
  bool unify(std::int64_t& size, std::int64_t dim);
  /// The same with a dimension of an input, where its shape is known.
  bool unify(std::int64_t& size, std::size_t i, std::size_t dim);

 private:
  const onnx::ModelView& model_;
  const onnx::NodeView& node_;
  std::int64_t version_;
  std::vector<const Definition*> inputs_;
  std::vector<ShapeRef> outputs_;
  IntsRef constant_;
  std::string problem_;
};

/// What a tensor of few integers holds; nullptr for others, and for external ones.
IntsRef small_ints(const onnx::ModelView& model, const onnx::TensorView& tensor);
/// The tensor's dimensions; nullptr when they are not possible.
ShapeRef shape_of(const onnx::TensorView& tensor);

/// "float[2,?,3]" without the type: for messages.
std::string dims_text(const Dims& dims);

/// Joins shapes as broadcasting does; nothing when they do not fit.
std::optional<Dims> broadcast(const std::vector<const Dims*>& shapes);

}  // namespace modelexport::check
