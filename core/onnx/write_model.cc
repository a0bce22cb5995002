// Streams a model: everything is measured first (model_builder), then written in one pass or in parts.
#include <algorithm>
#include <limits>

#include "modelexport/limits.h"
#include "modelexport/model_view.h"
#include "modelexport/onnx_model.h"
#include "onnx/model_stream.h"
#include "onnx/strided_copy.h"
#include "wire/tag.h"

namespace modelexport::onnx {
namespace {

constexpr std::size_t text_chunk = 1U << 20;

std::uint64_t graph_weight_bytes(const Graph& graph, unsigned depth);

std::uint64_t weight_bytes(const Initializer& tensor) {
  return element_count(tensor.dims).value_or(0) * dtype_bytes(tensor.dtype);
}

std::uint64_t attribute_weight_bytes(const Attribute& attribute, unsigned depth) {
  if (const auto* tensor = std::get_if<Initializer>(&attribute.value)) return weight_bytes(*tensor);
  const auto* graph = std::get_if<std::shared_ptr<Graph>>(&attribute.value);
  return graph && *graph && depth < Limits{}.depth ? graph_weight_bytes(**graph, depth + 1) : 0;
}

std::uint64_t graph_weight_bytes(const Graph& graph, unsigned depth) {
  std::uint64_t sum = 0;
  for (const Initializer& tensor : graph.initializers) sum += weight_bytes(tensor);
  for (const Node& node : graph.nodes)
    for (const Attribute& attribute : node.attributes) sum += attribute_weight_bytes(attribute, depth);
  return sum;
}

Status write_tensor(const Initializer& tensor, ByteSink& out, ProgressMeter& meter) {
  if (const auto* literal = std::get_if<Bytes>(&tensor.data)) {
    if (meter.skip(literal->size())) return {};
    ME_CHECK(out.append(ByteSpan(*literal)));
    return meter.add(literal->size());
  }
  return write_view(std::get<StoredTensor>(tensor.data), tensor.dims, dtype_bytes(tensor.dtype), out, meter);
}

Status write_text(std::string_view text, ByteSink& out, ProgressMeter& meter) {
  for (std::size_t at = 0; at < text.size(); at += text_chunk) {
    const std::string_view part = text.substr(at, text_chunk);
    if (meter.skip(part.size())) continue;
    ME_CHECK(out.append(part));
    ME_CHECK(meter.add(part.size()));
  }
  return {};
}

Status write_rope(const Rope& rope, ByteSink& out, ProgressMeter& meter) {
  for (const Rope::Piece& piece : rope.pieces()) {
    ME_CHECK(write_text(piece.text, out, meter));
    if (piece.weights) ME_CHECK(write_tensor(*piece.weights, out, meter));
  }
  return {};
}

Status write_data_file(const DataFile& file, ByteSink& out, ProgressMeter& meter) {
  const std::string zeros(4096, '\0');
  std::uint64_t at = 0;
  for (const DataFile::Entry& entry : file.entries) {
    ME_CHECK(write_text(std::string_view(zeros).substr(0, entry.offset - at), out, meter));
    ME_CHECK(write_tensor(*entry.tensor, out, meter));
    ME_TRY(const std::uint64_t bytes, tensor_bytes(*entry.tensor));
    at = entry.offset + bytes;
  }
  return {};
}

Status check_options(const WriteOptions& options, WeightMode mode) {
  if (mode == WeightMode::external) {
    ME_CHECK(check_external_location(options.data_location));
    if (options.data_location.find('/') != std::string::npos)
      return fail(ErrorCode::model_value, "the data file must lie beside the model");
  }
  if (mode == WeightMode::reference)
    for (const auto& [source, location] : options.reference_locations)
      ME_CHECK(check_external_location(location));
  return {};
}

Status check_size(std::uint64_t bytes) {
  if (bytes <= wire::max_message_bytes) return {};
  return fail(ErrorCode::model_too_large,
              "the model would have " + std::to_string(bytes) + " bytes; protobuf readers stop at " +
                  std::to_string(wire::max_message_bytes),
              {}, "Keep the weights in a separate file: modelexport export … --weights external");
}

}  // namespace

WeightMode decide_weights(const Model& model, const WriteOptions& options) {
  if (options.weights != WeightMode::automatic) return options.weights;
  return graph_weight_bytes(model.graph, 0) < options.inline_limit ? WeightMode::inlined
                                                                   : WeightMode::external;
}

Result<ModelStream> ModelStream::make(const Model& model, const WriteOptions& options) {
  const WeightMode mode = decide_weights(model, options);
  ME_CHECK(check_options(options, mode));
  ModelBuilder builder(options, mode);
  ModelStream stream;
  ME_TRY(stream.rope_, builder.build(model));
  ME_CHECK(check_size(stream.rope_.size()));
  stream.data_ = builder.data_file();
  stream.summary_ = {mode, stream.rope_.size(), builder.weight_bytes(), stream.data_.size};
  return stream;
}

Status ModelStream::write_model(ByteSink& out, ProgressMeter& meter) const {
  return write_rope(rope_, out, meter);
}

Status ModelStream::write_data(ByteSink& out, ProgressMeter& meter) const {
  return write_data_file(data_, out, meter);
}

Result<WriteSummary> write_model(const Model& model, const WriteOptions& options, ByteSink& out,
                                 ByteSink* data, Progress& progress) {
  if (data == nullptr && decide_weights(model, options) == WeightMode::external)
    return fail(ErrorCode::model_value, "external weights were asked for without a data file");
  ME_TRY(const ModelStream stream, ModelStream::make(model, options));
  const WriteSummary& summary = stream.summary();
  ProgressMeter meter(progress, "writing weights", summary.model_bytes + summary.data_bytes);
  ME_CHECK(stream.write_model(out, meter));
  if (data) ME_CHECK(stream.write_data(*data, meter));
  return summary;
}

}  // namespace modelexport::onnx
