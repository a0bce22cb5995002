// Sparse tensors: their indices fit the values and the dense shape.
#include <cstring>
#include <limits>

#include "check/rules/groups.h"
#include "wire/scanner.h"
#include "wire/window.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;
constexpr std::int32_t kInt64 = 7;
constexpr std::uint64_t kMostRead = std::uint64_t{8} << 20;  ///< bytes of indices; larger ones are not judged

constexpr Rule kForm{
    .id = "ME-TENSOR-021",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "The parts of a sparse tensor do not fit together.",
    .why =
        "The values are a list; the indices have an entry for each of them, either a place in the flattened "
        "tensor or one number per dimension.",
    .fix = "export the model again, or with a dense initializer",
    .example = "two values and three indices",
};
constexpr Rule kRange{
    .id = "ME-TENSOR-022",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "An index of a sparse tensor is outside of its shape.",
    .why = "There is no such element; a reader that does not look writes outside of its memory.",
    .fix = "export the model again, or with a dense initializer",
    .example = "index 16 in a tensor of 4 × 4",
};
constexpr Rule kOrder{
    .id = "ME-TENSOR-023",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "The indices of a sparse tensor are not in order.",
    .why = "The specification wants them ascending and each once; onnx.checker refuses the file.",
    .fix = "export the model again, or with a dense initializer",
    .example = "indices 5, 1",
};
constexpr const Rule* kRules[] = {&kForm, &kRange, &kOrder};

/// 64-bit indices; nothing where they are too many, of another width, or not all there.
std::optional<std::vector<std::int64_t>> read_indices(const onnx::ModelView& model,
                                                      const onnx::TensorView& tensor) {
  const auto count = tensor.elements();
  if (!count || tensor.data_type != kInt64 || tensor.data_location == 1) return std::nullopt;
  std::vector<std::int64_t> out;
  if (*count == 0) return out;
  if (tensor.data_entries != 1 || tensor.data.size == 0 || tensor.data.size > kMostRead) return std::nullopt;
  const auto text = model.window().text(tensor.data);
  if (!text) return std::nullopt;
  if (tensor.data_fields.front() == 9) {
    for (std::size_t at = 0; at + 8 <= text->size(); at += 8) {
      std::int64_t value = 0;
      std::memcpy(&value, text->data() + at, sizeof(value));
      out.push_back(value);
    }
  } else if (tensor.data_fields.front() == 7) {
    ByteSpan left = as_bytes(*text);
    for (std::uint64_t value = 0; !left.empty() && wire::take_varint(left, value);)
      out.push_back(static_cast<std::int64_t>(value));
  }
  return out.size() == *count ? std::optional(std::move(out)) : std::nullopt;
}

class Sparse {
 public:
  Sparse(ModelContext& model, const onnx::SparseTensorView& tensor, const Place& place)
      : model_(model), tensor_(tensor), place_(place) {}

  void check() {
    if (!tensor_.values) return form("it has no values", kBoth);
    const onnx::TensorView& values = *tensor_.values;
    if (tensor_.dims.empty()) return form("it has no dimensions", Reader::onnx);
    for (const std::int64_t dim : tensor_.dims)
      if (dim <= 0)
        return form("a dimension is " + std::to_string(dim), dim < 0 ? kBoth : Readers(Reader::onnx));
    if (values.dims.size() != 1)
      return form("its values have " + std::to_string(values.dims.size()) + " dimensions", kBoth);
    if (!tensor_.indices) {
      if (values.dims.front() != 0) form("it has no indices", kBoth);
      return;
    }
    if (tensor_.indices->data_type != kInt64) form("its indices are no int64", Reader::onnx);
    check_indices(*tensor_.indices, values.dims.front());
  }

 private:
  Finding& report(const Rule& rule, const std::string& problem) {
    const std::string name = tensor_.values ? tensor_.values->name : std::string();
    return model_.report(rule, "sparse tensor " + in_quotes(name) + ": " + problem, place_,
                         tensor_.message.offset);
  }
  void form(const std::string& problem, Readers readers) { report(kForm, problem).refused_by = readers; }

  void check_indices(const onnx::TensorView& indices, std::int64_t wanted) {
    const auto rank = static_cast<std::int64_t>(tensor_.dims.size());
    if (indices.dims.empty() || indices.dims.size() > 2)
      return form("its indices have " + std::to_string(indices.dims.size()) + " dimensions", kBoth);
    if (indices.dims.front() != wanted)
      return form(std::to_string(wanted) + " values and " + std::to_string(indices.dims.front()) + " indices",
                  kBoth);
    const bool flat = indices.dims.size() == 1;
    if (!flat && indices.dims[1] != rank)
      return form("indices of " + std::to_string(indices.dims[1]) + " numbers in " + std::to_string(rank) +
                      " dimensions",
                  kBoth);
    const auto numbers = read_indices(model_.model, indices);
    if (numbers) walk(*numbers, flat);
  }

  /// Sizes that one number of an index runs over: the whole tensor, or a dimension.
  void walk(const std::vector<std::int64_t>& numbers, bool flat) {
    std::int64_t whole = 1;
    for (const std::int64_t dim : tensor_.dims) {
      if (whole > std::numeric_limits<std::int64_t>::max() / dim) return;
      whole *= dim;
    }
    const std::vector<std::int64_t> sizes = flat ? std::vector<std::int64_t>{whole} : tensor_.dims;
    std::int64_t before = -1;
    for (std::size_t at = 0; at < numbers.size(); at += sizes.size()) {
      std::int64_t place = 0;
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        const std::int64_t number = numbers[at + i];
        if (number < 0 || number >= sizes[i]) {
          report(kRange, "index " + std::to_string(number) + " where there are " + std::to_string(sizes[i]));
          return;
        }
        place = place * sizes[i] + number;
      }
      if (place <= before) {
        report(kOrder,
               "entry " + std::to_string(at / sizes.size()) + " of its indices is not above the one before");
        return;
      }
      before = place;
    }
  }

  ModelContext& model_;
  const onnx::SparseTensorView& tensor_;
  const Place& place_;
};

void check_graph(GraphContext& graph) {
  for (std::size_t i = 0; i < graph.graph.sparse_initializers.size(); ++i) {
    const auto tensor = graph.model.model.sparse_tensor(graph.graph.sparse_initializers[i]);
    if (!tensor) continue;
    const Place place{&graph.place, "sparse_initializer", i};
    Sparse(graph.model, *tensor, place).check();
  }
}

void check_attribute(AttributeContext& context) {
  for (const onnx::MessageRef& message : context.attribute.sparse_tensors) {
    const auto tensor = context.node.model().model.sparse_tensor(message);
    if (tensor) Sparse(context.node.model(), *tensor, context.place).check();
  }
}

}  // namespace

const Group kSparseGroup{.rules = kRules, .graph = check_graph, .attribute = check_attribute};

}  // namespace modelexport::check
