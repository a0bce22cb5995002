// Turns a Model value into a Rope, deciding for each tensor where its elements go.
//
// Purpose   Small messages are built with protobuf-lite, framed by core/wire; fields come in ascending order,
//           as official writers emit them.
// Errors    model_value, tensor_shape, tensor_view.
#pragma once

#include <cstdint>
#include <vector>

#include "modelexport/onnx_model.h"
#include "onnx/rope.h"

namespace modelexport::onnx {

/// Tensors below this many bytes stay in the model in every mode: tools read shape constants there.
inline constexpr std::uint64_t smallest_external_tensor = 1024;

/// Bytes of the raw elements; checks dims, stored views and literal sizes.
Result<std::uint64_t> tensor_bytes(const Initializer& tensor);

/// The data file of the `external` mode.
struct DataFile {
  struct Entry {
    const Initializer* tensor;
    std::uint64_t offset;
  };
  std::vector<Entry> entries;  ///< ascending offsets
  std::uint64_t size = 0;
};

class ModelBuilder {
 public:
  /// `mode` is not `automatic`.
  ModelBuilder(const WriteOptions& options, WeightMode mode) : options_(options), mode_(mode) {}

  Result<Rope> build(const Model& model);
  [[nodiscard]] const DataFile& data_file() const { return data_; }
  [[nodiscard]] std::uint64_t weight_bytes() const { return weight_bytes_; }

 private:
  Result<Rope> build_graph(const Graph& graph, unsigned depth);
  Result<Rope> build_node(const Node& node, unsigned depth);
  Result<Rope> build_attribute(const Attribute& attribute, unsigned depth);
  Result<Rope> build_tensor(const Initializer& tensor);
  /// External location of a tensor; empty: it stays in the model.
  std::string place_externally(const Initializer& tensor, std::uint64_t bytes, std::uint64_t& offset);
  [[nodiscard]] const std::string* reference_location(const Initializer& tensor) const;

  const WriteOptions& options_;
  WeightMode mode_;
  DataFile data_;
  std::uint64_t weight_bytes_ = 0;
};

}  // namespace modelexport::onnx
