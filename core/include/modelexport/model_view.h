// A lazy view of an ONNX file: structure parsed, tensor bytes left where they are.
//
// Purpose    inspect, check, stamp and pack read multi-gigabyte models through this: opening walks tags and
//            lengths, skips weights without reading them and keeps byte ranges. Everything handed out carries
//            the place it came from, so that findings and edits can name exact offsets.
// Ownership  A ModelView borrows its ByteSource, which must outlive it. Structs returned own their strings.
// Threads    One thread at a time: reads go through a small shared window.
// Errors     WIRE (framing), MODEL (content, limits), TENSOR; with byte offset, and a field path where known.
// Limits     Limits::nodes, tensors, rank, depth, string_bytes, small_message.
// Merging    As protobuf says: the last scalar wins, repeated fields add up, and several graph fields are one
//            graph (see graph_fields; JavaScript readers disagree, so check reports it).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/limits.h"
#include "modelexport/onnx_model.h"

namespace modelexport::wire {
class Window;
}

namespace modelexport::onnx {

/// One framed message (or string) in the file.
struct MessageRef {
  std::uint64_t offset = 0;  ///< of the tag
  std::uint64_t size = 0;    ///< of the content
  std::uint32_t header = 0;  ///< bytes of tag and length
  std::uint32_t depth = 0;   ///< messages around the content; the model itself is 0

  [[nodiscard]] ByteRange content() const { return {offset + header, size}; }
  [[nodiscard]] ByteRange field() const { return {offset, header + size}; }
};

struct MetadataEntry {
  std::string key;
  std::string value;
  MessageRef message;
};

struct OpsetImport {
  std::string domain;
  std::int64_t version = 0;
  MessageRef message;
};

/// `external_data` of a tensor, parsed.
struct ExternalData {
  std::string location;
  std::optional<std::uint64_t> offset;
  std::optional<std::uint64_t> length;
  bool valid = true;                   ///< false: no or two locations, or a number that is not plain decimal
  std::vector<MetadataEntry> entries;  ///< as written
};

struct TensorView {
  MessageRef message;
  std::string name;
  std::int32_t data_type = 0;
  std::vector<std::int64_t> dims;
  std::int32_t data_location = 0;        ///< 1: external
  std::optional<ExternalData> external;  ///< whenever entries are present
  std::vector<std::uint32_t>
      data_fields;                 ///< field numbers that hold elements (9 raw, 4 float, …), each once
  ByteRange data;                  ///< content of the last data field that is one run (raw or packed)
  std::uint64_t data_entries = 0;  ///< data fields seen; above one `data` is not everything
  bool segmented = false;
  std::vector<MetadataEntry> metadata;

  /// Elements by dims; nothing when a dimension is negative or the product overflows.
  [[nodiscard]] std::optional<std::uint64_t> elements() const;
  /// Bytes in raw or external form by dims and type; nothing for strings and unknown types.
  [[nodiscard]] std::optional<std::uint64_t> bytes() const;
};

enum class ValueKind : std::uint8_t { none, tensor, sequence, map, opaque, sparse_tensor, optional };

/// An input, output or value_info. `elem_type` and `shape` are those of tensor and sparse tensor types.
struct ValueView {
  MessageRef message;
  std::string name;
  ValueKind kind = ValueKind::none;
  std::int32_t elem_type = 0;
  bool has_shape = false;
  std::vector<Dim> shape;
  Metadata metadata;
};

struct AttributeView {
  MessageRef message;
  std::string name;
  std::int32_t type = 0;  ///< AttributeProto.AttributeType
  std::string ref_attr_name;
  std::int64_t i = 0;
  float f = 0;
  std::string s;                    ///< string value of up to 1 MiB (longer ones stay empty: read `string`)
  MessageRef string;                ///< of the string value, size 0 if none
  std::vector<MessageRef> tensors;  ///< t and tensors
  std::vector<MessageRef> sparse_tensors;   ///< sparse_tensor and sparse_tensors
  std::vector<MessageRef> graphs;           ///< g and graphs
  std::vector<std::uint32_t> value_fields;  ///< field numbers of values present, each once
};

struct NodeView {
  MessageRef message;
  std::string name;
  std::string op_type;
  std::string domain;
  std::string overload;
  std::string doc_string;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<AttributeView> attributes;
  std::vector<MetadataEntry> metadata;
};

struct GraphView {
  std::vector<MessageRef> messages;  ///< the pieces; one in a sane file
  std::string name;
  std::string doc_string;
  std::vector<MessageRef> nodes;
  std::vector<TensorView> initializers;
  std::vector<MessageRef> sparse_initializers;
  std::vector<MessageRef> inputs;
  std::vector<MessageRef> outputs;
  std::vector<MessageRef> value_infos;
  std::vector<MessageRef> quantization_annotations;
  std::vector<MetadataEntry> metadata;
};

struct FunctionView {
  MessageRef message;
  std::string name;
  std::string domain;
  std::string overload;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> attributes;       ///< without default
  std::vector<MessageRef> attribute_protos;  ///< with default
  std::vector<MessageRef> nodes;
  std::vector<MessageRef> value_infos;
  std::vector<OpsetImport> opset_imports;
  std::vector<MetadataEntry> metadata;
};

/// A SparseTensorProto's parts.
struct SparseTensorView {
  MessageRef message;
  std::optional<TensorView> values;  ///< its name is the initializer's
  std::optional<TensorView> indices;
  std::vector<std::int64_t> dims;
};

/// One top-level field.
struct ModelField {
  std::uint32_t number = 0;
  std::uint8_t wire_type = 0;
  MessageRef message;       ///< for wire types other than 2, `size` is the value's bytes
  std::uint64_t value = 0;  ///< of varint and fixed fields
};

struct ModelHeader {
  std::optional<std::int64_t> ir_version;
  std::optional<std::int64_t> model_version;
  std::string producer_name;
  std::string producer_version;
  std::string domain;
  std::string doc_string;
  std::vector<OpsetImport> opset_imports;
  std::vector<MetadataEntry> metadata;
  std::vector<MessageRef> functions;
  std::vector<MessageRef> training_infos;
  std::vector<MessageRef> graph_fields;  ///< at least one
  std::vector<ModelField> fields;        ///< everything at top level, in file order
};

struct ReadStats {
  std::uint64_t bytes = 0;
  std::uint64_t requests = 0;
};

class ModelView {
 public:
  /// Fails on broken framing of model and graph and when there is no graph.
  static Result<ModelView> open(const ByteSource& source, const Limits& limits = {});
  ModelView(ModelView&&) noexcept;
  ModelView& operator=(ModelView&&) noexcept;
  ~ModelView();

  [[nodiscard]] const ModelHeader& header() const { return header_; }
  [[nodiscard]] const GraphView& graph() const { return graph_; }
  [[nodiscard]] const ByteSource& source() const { return *source_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  /// The file as a message: parent of the top-level fields.
  [[nodiscard]] MessageRef root() const { return {0, source_->size(), 0, 0}; }
  /// What has been read from the source so far.
  [[nodiscard]] ReadStats read_stats() const;

  Result<NodeView> node(const MessageRef& message) const;
  Result<ValueView> value(const MessageRef& message) const;
  Result<TensorView> tensor(const MessageRef& message) const;
  Result<SparseTensorView> sparse_tensor(const MessageRef& message) const;
  /// A subgraph of an attribute.
  Result<GraphView> subgraph(const MessageRef& message) const;
  Result<FunctionView> function(const MessageRef& message) const;
  /// The content of a message or string, at most Limits::small_message bytes.
  Result<std::string> content(const MessageRef& message) const;

  /// The value of the last model-level entry with this key (readers agree on the last).
  [[nodiscard]] const std::string* find_metadata(std::string_view key) const;
  /// "graph.node[12].attribute[0]" for a byte offset: the innermost known field around it.
  [[nodiscard]] std::string path_at(std::uint64_t offset) const;
  /// The window that reads go through, for code that scans on its own (core/wire).
  [[nodiscard]] wire::Window& window() const { return *window_; }

 private:
  ModelView(const ByteSource& source, const Limits& limits);
  Status read_header();

  const ByteSource* source_;
  Limits limits_;
  std::unique_ptr<wire::Window> window_;
  ModelHeader header_;
  GraphView graph_;
};

/// "float32", "int4", … for a TensorProto.DataType number; empty for unknown ones.
std::string_view data_type_name(std::int32_t data_type);
/// Bits of one element; 0 for strings and unknown types.
unsigned data_type_bits(std::int32_t data_type);
/// The IR version that added the type; 0 for unknown ones.
int data_type_ir(std::int32_t data_type);

// --- External data ---------------------------------------------------------------------------------------

/// Accepts relative paths of plain components joined by '/', optionally starting with "./". Refuses empty
/// and absolute ones, "..", backslashes, drive letters and URLs, NUL and control characters, a trailing
/// slash, and ONNX Runtime's in-memory marker. The textual half of containment (links are native/io's part).
Status check_external_location(std::string_view location);
/// The location without "./" components: what to compare file names with.
std::string normalized_location(std::string_view location);

/// One data file and what the model wants from it.
struct ExternalFile {
  struct Use {
    std::string tensor;  ///< name, may be empty for attribute tensors
    MessageRef message;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;  ///< as written, else by dims and type; nothing if neither is known
  };
  std::string location;      ///< normalised; as written when not acceptable
  bool acceptable = true;    ///< by check_external_location
  std::uint64_t needed = 0;  ///< bytes the file must have
  std::vector<Use> uses;     ///< in file order of the model
};

enum class ExternalScope : std::uint8_t {
  initializers,  ///< dense and sparse initializers of the main graph
  everything,    ///< also attributes, subgraphs, functions and training graphs: reads every node
};

/// Data files in order of first use.
Result<std::vector<ExternalFile>> external_files(const ModelView& model, ExternalScope scope);

}  // namespace modelexport::onnx
