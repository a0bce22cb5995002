// Parses single messages of a ModelView into its structs (framing by core/wire, no objects in between).
//
// Purpose   Nodes and tensors may hold gigabytes (attribute tensors), so they are scanned, not loaded; value
//           infos are small and parsed with protobuf-lite.
// Errors    WIRE, MODEL and TENSOR codes with byte offsets.
#pragma once

#include "modelexport/model_view.h"
#include "wire/scanner.h"

namespace modelexport::onnx {

class MessageReader {
 public:
  MessageReader(wire::Window& window, const Limits& limits) : window_(window), limits_(limits) {}

  /// The framed message of a field found inside a message whose content is `depth` deep.
  static MessageRef ref(const wire::Field& field, std::uint32_t depth) {
    return {field.offset, field.size, field.header, depth + 1};
  }

  Status read(const MessageRef& message, MetadataEntry& out);
  Status read(const MessageRef& message, OpsetImport& out);
  Status read(const MessageRef& message, TensorView& out);
  Status read(const MessageRef& message, SparseTensorView& out);
  Status read(const MessageRef& message, AttributeView& out);
  Status read(const MessageRef& message, NodeView& out);
  Status read(const MessageRef& message, ValueView& out);
  Status read(const MessageRef& message, FunctionView& out);
  /// Adds to `out`: a graph may come in pieces.
  Status read(const MessageRef& message, GraphView& out);

  Status text(const wire::Field& field, std::string& out);
  Result<std::string> content(const MessageRef& message);

 private:
  /// Calls `on(field)` for every field of the message.
  template <class OnField>
  Status scan(const MessageRef& message, const OnField& on);
  template <class T>
  Status append(const wire::Field& field, std::uint32_t depth, std::vector<T>& out);
  Status append_text(const wire::Field& field, std::vector<std::string>& out);
  Status append_integers(const wire::Field& field, std::vector<std::int64_t>& out);
  Status note_tensor_data(const wire::Field& field, TensorView& out);
  Status read_attribute_value(const wire::Field& field, std::uint32_t depth, AttributeView& out);
  Status read_graph_field(const wire::Field& field, std::uint32_t depth, GraphView& out);
  [[nodiscard]] tl::unexpected<Diagnostic> at(ErrorCode code, std::string message,
                                              std::uint64_t offset) const;

  [[nodiscard]] tl::unexpected<Diagnostic> too_many(std::uint64_t limit, std::uint64_t offset) const;

  wire::Window& window_;
  const Limits& limits_;
};

/// The entries of a tensor's external_data as location, offset and length.
ExternalData parse_external_data(std::vector<MetadataEntry> entries);

}  // namespace modelexport::onnx
