#include "check/shape/shape_node.h"

#include <algorithm>
#include <cstring>

#include "wire/scanner.h"

namespace modelexport::check {
namespace {

constexpr std::uint64_t kMostInts = 64;

/// Packed varints; stops at what is none.
void take_packed(std::string_view text, std::vector<std::int64_t>& out) {
  ByteSpan left = as_bytes(text);
  std::uint64_t value = 0;
  while (!left.empty() && out.size() <= kMostInts && wire::take_varint(left, value))
    out.push_back(static_cast<std::int64_t>(value));
}

}  // namespace

ShapeNode::ShapeNode(const onnx::ModelView& model, const onnx::NodeView& node, std::int64_t version)
    : model_(model),
      node_(node),
      version_(version),
      inputs_(node.inputs.size(), nullptr),
      outputs_(node.outputs.size()) {}

ShapeRef ShapeNode::input(std::size_t i) const {
  return i < inputs_.size() && inputs_[i] != nullptr ? inputs_[i]->shape : nullptr;
}

ElemType ShapeNode::type(std::size_t i) const {
  return i < inputs_.size() && inputs_[i] != nullptr && inputs_[i]->type > 0 ? inputs_[i]->type : 0;
}

bool ShapeNode::is_constant(std::size_t i) const {
  return i < inputs_.size() && inputs_[i] != nullptr &&
         (inputs_[i]->kind == Definition::Kind::initializer || inputs_[i]->constant);
}

const std::vector<std::int64_t>* ShapeNode::ints(std::size_t i) {
  if (i >= inputs_.size() || inputs_[i] == nullptr) return nullptr;
  if (inputs_[i]->external)
    fail("input " + std::to_string(i) + " decides the shape of the result, and is in a file of its own");
  return inputs_[i]->ints.get();
}

const std::vector<std::int64_t>* ShapeNode::known_ints(std::size_t i) const {
  return i < inputs_.size() && inputs_[i] != nullptr ? inputs_[i]->ints.get() : nullptr;
}

const onnx::AttributeView* ShapeNode::attribute(std::string_view name) const {
  for (const onnx::AttributeView& attribute : node_.attributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

std::int64_t ShapeNode::integer(std::string_view name, std::int64_t otherwise) const {
  const onnx::AttributeView* found = attribute(name);
  return found != nullptr ? found->i : otherwise;
}

std::vector<std::int64_t> ShapeNode::list(std::string_view name) const {
  std::vector<std::int64_t> out;
  const onnx::AttributeView* found = attribute(name);
  if (found == nullptr) return out;
  wire::Scanner scanner(model_.window(), found->message.content());
  wire::Field field;
  while (scanner.next(field) && out.size() <= kMostInts) {
    if (field.number != 8) continue;  // ints: one by one, or packed
    if (!field.is_length()) {
      out.push_back(static_cast<std::int64_t>(field.value));
      continue;
    }
    const auto text = model_.content({field.offset, field.size, field.header, found->message.depth + 1});
    if (!text) return {};
    take_packed(*text, out);
  }
  return out;
}

void ShapeNode::set(std::size_t output, ShapeRef shape) {
  if (output < outputs_.size()) outputs_[output] = std::move(shape);
}

std::optional<std::size_t> ShapeNode::axis(std::int64_t at, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  at = static_cast<std::int32_t>(at);  // as readers do
  if (at >= -size && at < size) return static_cast<std::size_t>(at < 0 ? at + size : at);
  fail("axis " + std::to_string(at) + " does not exist in " + std::to_string(rank) + " dimensions");
  return std::nullopt;
}

std::optional<std::vector<std::size_t>> ShapeNode::axes(const std::vector<std::int64_t>& list,
                                                        std::size_t rank) {
  std::vector<std::size_t> out;
  for (const std::int64_t at : list) {
    const auto one = axis(at, rank);
    if (!one) return std::nullopt;
    if (std::find(out.begin(), out.end(), *one) != out.end()) {
      fail("axis " + std::to_string(*one) + " is named twice");
      return std::nullopt;
    }
    out.push_back(*one);
  }
  return out;
}

bool ShapeNode::rank(std::size_t i, std::size_t least, std::size_t most) {
  const ShapeRef shape = input(i);
  if (shape == nullptr || (shape->size() >= least && shape->size() <= most)) return true;
  fail("input " + std::to_string(i) + " has " + std::to_string(shape->size()) +
       " dimensions, the operator takes " +
       (least == most    ? std::to_string(least)
        : most == kNoEnd ? "at least " + std::to_string(least)
                         : std::to_string(least) + " to " + std::to_string(most)));
  return false;
}

bool ShapeNode::unify(std::int64_t& size, std::int64_t dim) {
  if (dim < 0 || size == dim) return true;
  if (size >= 0) {
    fail("sizes of " + std::to_string(size) + " and " + std::to_string(dim) + " must be the same");
    return false;
  }
  size = dim;
  return true;
}

bool ShapeNode::unify(std::int64_t& size, std::size_t i, std::size_t dim) {
  const ShapeRef shape = input(i);
  return shape == nullptr || dim >= shape->size() || unify(size, (*shape)[dim]);
}

IntsRef small_ints(const onnx::ModelView& model, const onnx::TensorView& tensor) {
  const auto count = tensor.elements();
  const bool wide = tensor.data_type == 7;
  if (!count || *count > kMostInts || (!wide && tensor.data_type != 6) || tensor.data_location == 1 ||
      (tensor.data_entries != 1 && *count != 0))
    return nullptr;
  auto out = std::make_shared<std::vector<std::int64_t>>();
  if (*count == 0) return out;
  if (tensor.data.size == 0 || tensor.data.size > 10 * kMostInts) return nullptr;
  const auto bytes = model.window().text(tensor.data);
  if (!bytes) return nullptr;
  if (tensor.data_fields.front() != 9) {
    if (tensor.data_fields.front() == (wide ? 7U : 5U)) take_packed(*bytes, *out);
  } else if (bytes->size() == *count * (wide ? 8 : 4)) {
    for (std::size_t at = 0; at < bytes->size(); at += wide ? 8 : 4) {
      std::int64_t value = 0;
      std::int32_t narrow = 0;
      std::memcpy(wide ? static_cast<void*>(&value) : &narrow, bytes->data() + at, wide ? 8 : 4);
      out->push_back(wide ? value : narrow);
    }
  }
  return out->size() == *count ? out : nullptr;
}

ShapeRef shape_of(const onnx::TensorView& tensor) {
  if (!tensor.elements()) return nullptr;
  return std::make_shared<const Dims>(tensor.dims);
}

std::string dims_text(const Dims& dims) {
  std::string out = "[";
  for (std::size_t i = 0; i < dims.size(); ++i)
    out.append(i == 0 ? "" : ",").append(dims[i] < 0 ? "?" : std::to_string(dims[i]));
  return out + "]";
}

std::optional<Dims> broadcast(const std::vector<const Dims*>& shapes) {
  std::size_t rank = 0;
  for (const Dims* shape : shapes) rank = std::max(rank, shape->size());
  Dims out(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    bool unknown = false;
    for (const Dims* shape : shapes) {
      if (i + shape->size() < rank) continue;
      const std::int64_t dim = (*shape)[i + shape->size() - rank];
      unknown = unknown || dim < 0;
      if (dim < 0 || dim == 1 || dim == out[i]) continue;
      if (out[i] != 1) return std::nullopt;
      out[i] = dim;
    }
    if (out[i] == 1 && unknown) out[i] = -1;
  }
  return out;
}

}  // namespace modelexport::check
