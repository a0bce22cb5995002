// The messages of ONNX as a table: which field is what, and what is inside.
//
// Purpose   Walking a file by bytes needs to know which fields are messages (to name the place of an offset,
//           to find unknown fields and wrong wire types) without building objects.
// Source    ONNX IR 13; one row per field, sorted by message and number.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "wire/tag.h"

namespace modelexport::onnx {

enum class MessageKind : std::uint8_t {
  none,  ///< not a message: a number, string, or bytes
  model,
  graph,
  node,
  attribute,
  tensor,
  segment,
  sparse_tensor,
  value_info,
  type,
  type_tensor,
  type_sequence,
  type_map,
  type_opaque,
  type_optional,
  shape,
  dimension,
  opset,
  function,
  training,
  entry,
  annotation,
  device_configuration,
  node_device_configuration,
  sharding_spec,
  device_group_entry,
  sharded_dim,
  simple_sharding,
};

struct FieldInfo {
  MessageKind message;
  std::uint32_t number;
  std::string_view name;
  wire::WireType wire;
  MessageKind child = MessageKind::none;
  bool repeated = false;
  bool text = false;    ///< proto type string: should be UTF-8
  std::uint8_t ir = 3;  ///< the IR version that added it
};

std::span<const FieldInfo> all_fields();
/// nullptr for a field that the specification does not know.
const FieldInfo* find_field(MessageKind message, std::uint32_t number);
/// Numbers may come packed in one length-delimited field.
bool accepts_wire_type(const FieldInfo& field, wire::WireType type);

}  // namespace modelexport::onnx
