#include "onnx/schema.h"

#include <array>
#include <iterator>

namespace modelexport::onnx {
namespace {

using K = MessageKind;

constexpr FieldInfo number(K m, std::uint32_t n, std::string_view name, bool repeated = false,
                           std::uint8_t ir = 3) {
  return {m, n, name, wire::WireType::varint, K::none, repeated, false, ir};
}
constexpr FieldInfo fixed32(K m, std::uint32_t n, std::string_view name, bool repeated = false) {
  return {m, n, name, wire::WireType::fixed32, K::none, repeated, false, 3};
}
constexpr FieldInfo text(K m, std::uint32_t n, std::string_view name, bool repeated = false,
                         std::uint8_t ir = 3) {
  return {m, n, name, wire::WireType::length, K::none, repeated, true, ir};
}
constexpr FieldInfo bytes(K m, std::uint32_t n, std::string_view name, bool repeated = false) {
  return {m, n, name, wire::WireType::length, K::none, repeated, false, 3};
}
constexpr FieldInfo one(K m, std::uint32_t n, std::string_view name, K child, std::uint8_t ir = 3) {
  return {m, n, name, wire::WireType::length, child, false, false, ir};
}
constexpr FieldInfo many(K m, std::uint32_t n, std::string_view name, K child, std::uint8_t ir = 3) {
  return {m, n, name, wire::WireType::length, child, true, false, ir};
}

constexpr FieldInfo table[] = {
    number(K::model, 1, "ir_version"),
    text(K::model, 2, "producer_name"),
    text(K::model, 3, "producer_version"),
    text(K::model, 4, "domain"),
    number(K::model, 5, "model_version"),
    text(K::model, 6, "doc_string"),
    one(K::model, 7, "graph", K::graph),
    many(K::model, 8, "opset_import", K::opset),
    many(K::model, 14, "metadata_props", K::entry),
    many(K::model, 20, "training_info", K::training, 7),
    many(K::model, 25, "functions", K::function, 8),
    many(K::model, 26, "configuration", K::device_configuration, 11),

    many(K::graph, 1, "node", K::node),
    text(K::graph, 2, "name"),
    many(K::graph, 5, "initializer", K::tensor),
    text(K::graph, 10, "doc_string"),
    many(K::graph, 11, "input", K::value_info),
    many(K::graph, 12, "output", K::value_info),
    many(K::graph, 13, "value_info", K::value_info),
    many(K::graph, 14, "quantization_annotation", K::annotation, 5),
    many(K::graph, 15, "sparse_initializer", K::sparse_tensor, 6),
    many(K::graph, 16, "metadata_props", K::entry, 10),

    text(K::node, 1, "input", true),
    text(K::node, 2, "output", true),
    text(K::node, 3, "name"),
    text(K::node, 4, "op_type"),
    many(K::node, 5, "attribute", K::attribute),
    text(K::node, 6, "doc_string"),
    text(K::node, 7, "domain"),
    text(K::node, 8, "overload", false, 10),
    many(K::node, 9, "metadata_props", K::entry, 10),
    many(K::node, 10, "device_configurations", K::node_device_configuration, 11),

    text(K::attribute, 1, "name"),
    fixed32(K::attribute, 2, "f"),
    number(K::attribute, 3, "i"),
    bytes(K::attribute, 4, "s"),
    one(K::attribute, 5, "t", K::tensor),
    one(K::attribute, 6, "g", K::graph),
    fixed32(K::attribute, 7, "floats", true),
    number(K::attribute, 8, "ints", true),
    bytes(K::attribute, 9, "strings", true),
    many(K::attribute, 10, "tensors", K::tensor),
    many(K::attribute, 11, "graphs", K::graph),
    text(K::attribute, 13, "doc_string"),
    one(K::attribute, 14, "tp", K::type, 8),
    many(K::attribute, 15, "type_protos", K::type, 8),
    number(K::attribute, 20, "type"),
    text(K::attribute, 21, "ref_attr_name"),
    one(K::attribute, 22, "sparse_tensor", K::sparse_tensor, 6),
    many(K::attribute, 23, "sparse_tensors", K::sparse_tensor, 6),

    number(K::tensor, 1, "dims", true),
    number(K::tensor, 2, "data_type"),
    one(K::tensor, 3, "segment", K::segment),
    fixed32(K::tensor, 4, "float_data", true),
    number(K::tensor, 5, "int32_data", true),
    bytes(K::tensor, 6, "string_data", true),
    number(K::tensor, 7, "int64_data", true),
    text(K::tensor, 8, "name"),
    bytes(K::tensor, 9, "raw_data"),
    {K::tensor, 10, "double_data", wire::WireType::fixed64, K::none, true, false, 3},
    number(K::tensor, 11, "uint64_data", true),
    text(K::tensor, 12, "doc_string"),
    many(K::tensor, 13, "external_data", K::entry, 4),
    number(K::tensor, 14, "data_location", false, 4),
    many(K::tensor, 16, "metadata_props", K::entry, 10),

    number(K::segment, 1, "begin"),
    number(K::segment, 2, "end"),

    one(K::sparse_tensor, 1, "values", K::tensor),
    one(K::sparse_tensor, 2, "indices", K::tensor),
    number(K::sparse_tensor, 3, "dims", true),

    text(K::value_info, 1, "name"),
    one(K::value_info, 2, "type", K::type),
    text(K::value_info, 3, "doc_string"),
    many(K::value_info, 4, "metadata_props", K::entry, 10),

    one(K::type, 1, "tensor_type", K::type_tensor),
    one(K::type, 4, "sequence_type", K::type_sequence),
    one(K::type, 5, "map_type", K::type_map),
    text(K::type, 6, "denotation"),
    one(K::type, 7, "opaque_type", K::type_opaque, 4),
    one(K::type, 8, "sparse_tensor_type", K::type_tensor, 8),
    one(K::type, 9, "optional_type", K::type_optional, 8),

    number(K::type_tensor, 1, "elem_type"),
    one(K::type_tensor, 2, "shape", K::shape),
    one(K::type_sequence, 1, "elem_type", K::type),
    number(K::type_map, 1, "key_type"),
    one(K::type_map, 2, "value_type", K::type),
    text(K::type_opaque, 1, "domain"),
    text(K::type_opaque, 2, "name"),
    one(K::type_optional, 1, "elem_type", K::type),

    many(K::shape, 1, "dim", K::dimension),
    number(K::dimension, 1, "dim_value"),
    text(K::dimension, 2, "dim_param"),
    text(K::dimension, 3, "denotation"),

    text(K::opset, 1, "domain"),
    number(K::opset, 2, "version"),

    text(K::function, 1, "name"),
    text(K::function, 4, "input", true),
    text(K::function, 5, "output", true),
    text(K::function, 6, "attribute", true),
    many(K::function, 7, "node", K::node),
    text(K::function, 8, "doc_string"),
    many(K::function, 9, "opset_import", K::opset),
    text(K::function, 10, "domain"),
    many(K::function, 11, "attribute_proto", K::attribute, 9),
    many(K::function, 12, "value_info", K::value_info, 10),
    text(K::function, 13, "overload", false, 10),
    many(K::function, 14, "metadata_props", K::entry, 10),

    one(K::training, 1, "initialization", K::graph),
    one(K::training, 2, "algorithm", K::graph),
    many(K::training, 3, "initialization_binding", K::entry),
    many(K::training, 4, "update_binding", K::entry),

    text(K::entry, 1, "key"),
    text(K::entry, 2, "value"),

    text(K::annotation, 1, "tensor_name"),
    many(K::annotation, 2, "quant_parameter_tensor_names", K::entry),

    text(K::device_configuration, 1, "name"),
    number(K::device_configuration, 2, "num_devices"),
    text(K::device_configuration, 3, "device", true),

    text(K::node_device_configuration, 1, "configuration_id"),
    many(K::node_device_configuration, 2, "sharding_spec", K::sharding_spec),
    number(K::node_device_configuration, 3, "pipeline_stage"),

    text(K::sharding_spec, 1, "tensor_name"),
    number(K::sharding_spec, 2, "device", true),
    many(K::sharding_spec, 3, "index_to_device_group_map", K::device_group_entry),
    many(K::sharding_spec, 4, "sharded_dim", K::sharded_dim),

    number(K::device_group_entry, 1, "key"),
    number(K::device_group_entry, 2, "value", true),

    number(K::sharded_dim, 1, "axis"),
    many(K::sharded_dim, 2, "simple_sharding", K::simple_sharding),

    number(K::simple_sharding, 1, "dim_value"),
    text(K::simple_sharding, 2, "dim_param"),
    number(K::simple_sharding, 3, "num_shards"),
};

constexpr std::size_t kMessages = static_cast<std::size_t>(K::simple_sharding) + 1;
constexpr std::size_t kNumbers = 27;  ///< one more than the highest field number

/// Row + 1 by message and field number; 0 for none.
constexpr auto make_index() {
  std::array<std::array<std::uint8_t, kNumbers>, kMessages> index{};
  std::uint8_t row = 0;
  for (const FieldInfo& field : table) index[static_cast<std::size_t>(field.message)][field.number] = ++row;
  return index;
}
constexpr auto field_index = make_index();
static_assert(std::size(table) < 255);

}  // namespace

std::span<const FieldInfo> all_fields() { return table; }

const FieldInfo* find_field(MessageKind message, std::uint32_t number) {
  if (number >= kNumbers) return nullptr;
  const std::uint8_t row = field_index[static_cast<std::size_t>(message)][number];
  return row == 0 ? nullptr : &table[row - 1];
}

bool accepts_wire_type(const FieldInfo& field, wire::WireType type) {
  if (type == field.wire) return true;
  return field.repeated && field.wire != wire::WireType::length && type == wire::WireType::length;
}

}  // namespace modelexport::onnx
