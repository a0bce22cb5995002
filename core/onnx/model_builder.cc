#include "onnx/model_builder.h"

#include <string>

#include "modelexport/limits.h"
#include "onnx/strided_copy.h"
#include "proto/onnx.pb.h"
#include "wire/writer.h"

namespace modelexport::onnx {
namespace {

// Field numbers of the framed messages.
constexpr std::uint32_t model_graph = 7;
constexpr std::uint32_t graph_node = 1;
constexpr std::uint32_t graph_initializer = 5;
constexpr std::uint32_t node_attribute = 5;
constexpr std::uint32_t attribute_tensor = 5;
constexpr std::uint32_t attribute_graph = 6;
constexpr std::uint32_t tensor_raw_data = 9;

constexpr std::uint64_t small_alignment = 64;
constexpr std::uint64_t page_alignment = 4096;
constexpr std::uint64_t page_aligned_from = 1ULL << 20;

/// Appends the message's serialised fields (not framed).
void append_fields(Rope& rope, const google::protobuf::MessageLite& message) {
  rope.append(message.SerializePartialAsString());
}

template <class Message>
void set_metadata(Message& message, const Metadata& metadata) {
  for (const auto& [key, value] : metadata) {
    auto* entry = message.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
}

void set_value_info(proto::ValueInfoProto& out, const ValueInfo& info) {
  out.set_name(info.name);
  auto* tensor = out.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(static_cast<int>(info.dtype));
  auto* shape = tensor->mutable_shape();
  for (const Dim& dim : info.shape) {
    auto* d = shape->add_dim();
    if (const auto* size = std::get_if<std::int64_t>(&dim)) d->set_dim_value(*size);
    if (const auto* symbol = std::get_if<std::string>(&dim)) d->set_dim_param(*symbol);
  }
}

/// Sets value and type of an attribute that holds neither a tensor nor a graph.
struct SetPlainValue {
  proto::AttributeProto& out;
  using P = proto::AttributeProto;

  void operator()(std::int64_t v) const { out.set_i(v), out.set_type(P::INT); }
  void operator()(float v) const { out.set_f(v), out.set_type(P::FLOAT); }
  void operator()(const std::string& v) const { out.set_s(v), out.set_type(P::STRING); }
  void operator()(const std::vector<std::int64_t>& v) const {
    out.mutable_ints()->Add(v.begin(), v.end());
    out.set_type(P::INTS);
  }
  void operator()(const std::vector<float>& v) const {
    out.mutable_floats()->Add(v.begin(), v.end());
    out.set_type(P::FLOATS);
  }
  void operator()(const std::vector<std::string>& v) const {
    for (const std::string& s : v) out.add_strings(s);
    out.set_type(P::STRINGS);
  }
  void operator()(const Initializer&) const {}
  void operator()(const std::shared_ptr<Graph>&) const {}
};

void add_external_entry(proto::TensorProto& out, const char* key, const std::string& value) {
  auto* entry = out.add_external_data();
  entry->set_key(key);
  entry->set_value(value);
}

}  // namespace

Result<std::uint64_t> tensor_bytes(const Initializer& tensor) {
  const Where where{.path = "", .field = tensor.name, .offset = {}};
  const unsigned element = dtype_bytes(tensor.dtype);
  if (element == 0)
    return fail(ErrorCode::model_value, "the writer has no form for tensors of this type", where);
  const auto count = element_count(tensor.dims);
  if (!count || tensor.dims.size() > Limits{}.rank)
    return fail(ErrorCode::tensor_shape, "the shape of an initializer is not valid", where);
  if (const auto* literal = std::get_if<Bytes>(&tensor.data)) {
    if (literal->size() != *count * element)
      return fail(ErrorCode::model_value,
                  "an initializer has " + std::to_string(literal->size()) + " bytes where its shape needs " +
                      std::to_string(*count * element),
                  where);
  } else if (auto ok = check_view(std::get<StoredTensor>(tensor.data), tensor.dims, element); !ok) {
    Diagnostic error = std::move(ok).error();
    error.where.field = tensor.name;
    return fail(std::move(error));
  }
  return *count * element;
}

const std::string* ModelBuilder::reference_location(const Initializer& tensor) const {
  const auto* view = std::get_if<StoredTensor>(&tensor.data);
  if (!view || !is_contiguous(tensor.dims, view->strides)) return nullptr;
  for (const auto& [source, location] : options_.reference_locations)
    if (source == view->source) return &location;
  return nullptr;
}

std::string ModelBuilder::place_externally(const Initializer& tensor, std::uint64_t bytes,
                                           std::uint64_t& offset) {
  if (mode_ == WeightMode::inlined || bytes < smallest_external_tensor) return {};
  if (mode_ == WeightMode::reference) {
    const std::string* location = reference_location(tensor);
    if (!location) return {};
    offset =
        contiguous_range(std::get<StoredTensor>(tensor.data), tensor.dims, dtype_bytes(tensor.dtype)).offset;
    return *location;
  }
  const std::uint64_t alignment = bytes >= page_aligned_from ? page_alignment : small_alignment;
  offset = (data_.size + alignment - 1) / alignment * alignment;
  data_.entries.push_back({&tensor, offset});
  data_.size = offset + bytes;
  return options_.data_location;
}

Result<Rope> ModelBuilder::build_tensor(const Initializer& tensor) {
  ME_TRY(const std::uint64_t bytes, tensor_bytes(tensor));
  weight_bytes_ += bytes;
  proto::TensorProto message;
  for (const std::int64_t dim : tensor.dims) message.add_dims(dim);
  message.set_data_type(static_cast<int>(tensor.dtype));
  message.set_name(tensor.name);
  Rope rope;
  std::uint64_t offset = 0;
  if (const std::string location = place_externally(tensor, bytes, offset); !location.empty()) {
    add_external_entry(message, "location", location);
    add_external_entry(message, "offset", std::to_string(offset));
    add_external_entry(message, "length", std::to_string(bytes));
    message.set_data_location(proto::TensorProto::EXTERNAL);
    append_fields(rope, message);
    return rope;
  }
  append_fields(rope, message);
  std::string header;
  wire::put_header(header, tensor_raw_data, bytes);
  rope.append(header);
  if (const auto* literal = std::get_if<Bytes>(&tensor.data)) {
    rope.append(as_text(*literal));
  } else if (bytes > 0) {
    rope.append(tensor, bytes);
  }
  return rope;
}

Result<Rope> ModelBuilder::build_attribute(const Attribute& attribute, unsigned depth) {
  proto::AttributeProto head;
  proto::AttributeProto tail;
  head.set_name(attribute.name);
  Rope rope;
  if (const auto* tensor = std::get_if<Initializer>(&attribute.value)) {
    append_fields(rope, head);
    ME_TRY(Rope value, build_tensor(*tensor));
    rope.append_message(attribute_tensor, std::move(value));
    tail.set_type(proto::AttributeProto::TENSOR);
  } else if (const auto* graph = std::get_if<std::shared_ptr<Graph>>(&attribute.value)) {
    if (!*graph)
      return fail(ErrorCode::model_value, "a graph attribute has no graph",
                  {.path = "", .field = attribute.name, .offset = {}});
    append_fields(rope, head);
    ME_TRY(Rope value, build_graph(**graph, depth + 3));
    rope.append_message(attribute_graph, std::move(value));
    tail.set_type(proto::AttributeProto::GRAPH);
  } else {
    std::visit(SetPlainValue{head}, attribute.value);
    append_fields(rope, head);
  }
  append_fields(rope, tail);
  return rope;
}

Result<Rope> ModelBuilder::build_node(const Node& node, unsigned depth) {
  proto::NodeProto head;
  for (const std::string& input : node.inputs) head.add_input(input);
  for (const std::string& output : node.outputs) head.add_output(output);
  if (!node.name.empty()) head.set_name(node.name);
  head.set_op_type(node.op_type);
  Rope rope;
  append_fields(rope, head);
  for (const Attribute& attribute : node.attributes) {
    ME_TRY(Rope value, build_attribute(attribute, depth));
    rope.append_message(node_attribute, std::move(value));
  }
  proto::NodeProto tail;
  if (!node.domain.empty()) tail.set_domain(node.domain);
  set_metadata(tail, node.metadata);
  append_fields(rope, tail);
  return rope;
}

Result<Rope> ModelBuilder::build_graph(const Graph& graph, unsigned depth) {
  if (depth > Limits{}.depth)
    return fail(ErrorCode::wire_depth, "subgraphs are nested too deeply to be loaded");
  Rope rope;
  for (const Node& node : graph.nodes) {
    ME_TRY(Rope message, build_node(node, depth));
    rope.append_message(graph_node, std::move(message));
  }
  proto::GraphProto name;
  name.set_name(graph.name);
  append_fields(rope, name);
  for (const Initializer& tensor : graph.initializers) {
    ME_TRY(Rope message, build_tensor(tensor));
    rope.append_message(graph_initializer, std::move(message));
  }
  proto::GraphProto tail;
  for (const ValueInfo& info : graph.inputs) set_value_info(*tail.add_input(), info);
  for (const ValueInfo& info : graph.outputs) set_value_info(*tail.add_output(), info);
  for (const ValueInfo& info : graph.value_infos) set_value_info(*tail.add_value_info(), info);
  set_metadata(tail, graph.metadata);
  append_fields(rope, tail);
  return rope;
}

Result<Rope> ModelBuilder::build(const Model& model) {
  proto::ModelProto head;
  head.set_ir_version(model.ir_version);
  if (!model.producer_name.empty()) head.set_producer_name(model.producer_name);
  if (!model.producer_version.empty()) head.set_producer_version(model.producer_version);
  if (!model.domain.empty()) head.set_domain(model.domain);
  if (model.model_version != 0) head.set_model_version(model.model_version);
  Rope rope;
  append_fields(rope, head);
  ME_TRY(Rope graph, build_graph(model.graph, 1));
  rope.append_message(model_graph, std::move(graph));
  proto::ModelProto tail;
  for (const auto& [domain, version] : model.opset_imports) {
    auto* opset = tail.add_opset_import();
    opset->set_domain(domain);
    opset->set_version(version);
  }
  set_metadata(tail, model.metadata);
  append_fields(rope, tail);
  return rope;
}

}  // namespace modelexport::onnx
