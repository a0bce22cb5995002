// An ONNX model to be written: plain values, weights as places to read from.
//
// Purpose   What core/lower produces and onnx::write_model streams out. Nothing here holds weight bytes
//           except small literals.
// Ownership ByteSources behind StoredTensor are borrowed and must live until the model is written.
// Source    reference: onnx.proto (IR 8-13).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/dtype.h"
#include "modelexport/result.h"

namespace modelexport::onnx {

/// A strided view of stored elements, written row-major (a transpose is a view with swapped strides).
struct StoredTensor {
  const ByteSource* source = nullptr;
  ByteRange storage;                  ///< the whole storage in `source`
  std::int64_t storage_offset = 0;    ///< elements
  std::vector<std::int64_t> strides;  ///< elements, one per dimension of the initializer
};

struct Initializer {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> dims;
  std::variant<Bytes, StoredTensor> data;  ///< Bytes: raw little-endian elements
};

struct Graph;
struct Attribute {
  std::string name;
  std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
               std::vector<std::string>, Initializer, std::shared_ptr<Graph>>
      value;
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct Node {
  std::string name;
  std::string op_type;
  std::string domain;
  std::vector<std::string> inputs;  ///< "" for an omitted optional input
  std::vector<std::string> outputs;
  std::vector<Attribute> attributes;
  Metadata metadata;
};

/// A dimension: a size, a symbol, or unknown.
using Dim = std::variant<std::monostate, std::int64_t, std::string>;
struct ValueInfo {
  std::string name;
  DType dtype = DType::float32;
  std::vector<Dim> shape;
};

struct Graph {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Initializer> initializers;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<ValueInfo> value_infos;
  Metadata metadata;
};

struct Model {
  std::int64_t ir_version = 8;
  std::vector<std::pair<std::string, std::int64_t>> opset_imports;
  std::string producer_name;
  std::string producer_version;
  std::string domain;
  std::int64_t model_version = 0;
  Metadata metadata;
  Graph graph;
};

enum class WeightMode : std::uint8_t {
  automatic,  ///< inlined below 1.5 GiB in total, else external
  inlined,
  external,   ///< one sibling data file, tensors aligned to 64 bytes (4096 above 1 MiB)
  reference,  ///< external data entries that point into the sources themselves, by name and offset
};

struct WriteOptions {
  WeightMode weights = WeightMode::automatic;
  std::string data_location;  ///< file name (no directories) of the data file, for `external`
  /// Names by which a source is reachable from the model's directory, for `reference`.
  std::vector<std::pair<const ByteSource*, std::string>> reference_locations;
  std::uint64_t inline_limit = 3ULL << 29;  ///< 1.5 GiB
};

struct WriteSummary {
  WeightMode weights = WeightMode::inlined;  ///< what was done
  std::uint64_t model_bytes = 0;
  std::uint64_t weight_bytes = 0;
  std::uint64_t data_bytes = 0;  ///< bytes of the data file
};

/// Decides `automatic` for this model: `inlined` or `external`.
WeightMode decide_weights(const Model& model, const WriteOptions& options);

/// Writes the model; weights are streamed through windows of a few MiB. `data` is needed for `external` only.
/// Neither sink is finished. Deterministic: equal models give equal bytes.
Result<WriteSummary> write_model(const Model& model, const WriteOptions& options, ByteSink& out,
                                 ByteSink* data, Progress& progress);

}  // namespace modelexport::onnx
