#include "report/graph_report.h"

#include "onnx/runtime.h"
#include "proto/onnx.pb.h"

namespace modelexport::report {
namespace {

using json::Json;

constexpr std::size_t kShownElements = 64;
constexpr std::size_t kShownText = 4096;

Json strings(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push_back(value);
  return list;
}

Json dtype_json(std::int32_t type) {
  const std::string_view name = onnx::data_type_name(type);
  return name.empty() ? Json() : Json(name);
}

Json tensor_item(const onnx::TensorView& tensor) {
  Json item = Json::object();
  item["name"] = tensor.name;
  item["dtype"] = dtype_json(tensor.data_type);
  item["shape"] = tensor.dims;
  const auto bytes = tensor.bytes();
  item["bytes"] = bytes ? Json(*bytes) : Json();
  if (tensor.data_location == 1 && tensor.external) {
    item["where"] = "external";
    item["location"] = onnx::normalized_location(tensor.external->location);
    item["offset"] = tensor.external->offset.value_or(0);
    const auto length = tensor.external->length ? tensor.external->length : bytes;
    item["length"] = length ? Json(*length) : Json();
  } else if (tensor.data_fields.size() == 1 && tensor.data_fields[0] != 9) {
    item["where"] = "fields";
    item["data_field"] = tensor.data_fields[0];
    item["offset"] = tensor.data.offset;
    item["length"] = tensor.data.size;
  } else {
    item["where"] = "inline";
    item["offset"] = tensor.data.offset;
    item["length"] = tensor.data.size;
  }
  return item;
}

template <class List>
Json shortened(const List& values) {
  Json list = Json::array();
  for (const auto& value : values) {
    if (list.size() == kShownElements) break;
    list.push_back(value);
  }
  return list;
}

std::string shortened(std::string text) {
  if (text.size() > kShownText) text.resize(kShownText);
  return text;
}

Json attribute_value(const proto::AttributeProto& a) {
  using P = proto::AttributeProto;
  switch (a.type()) {
    case P::INT:
      return a.i();
    case P::FLOAT:
      return static_cast<double>(a.f());
    case P::STRING:
      return shortened(a.s());
    case P::INTS:
      return shortened(a.ints());
    case P::FLOATS:
      return shortened(a.floats());
    case P::STRINGS:
      return shortened(a.strings());
    default:
      return nullptr;
  }
}

std::string_view type_name(std::int32_t type) {
  constexpr std::string_view kNames[] = {
      "undefined", "float",   "int",    "string",        "tensor",         "graph",      "floats",     "ints",
      "strings",   "tensors", "graphs", "sparse_tensor", "sparse_tensors", "type_proto", "type_protos"};
  return type >= 0 && static_cast<std::size_t>(type) < std::size(kNames) ? kNames[type] : kNames[0];
}

Result<Json> attribute_json(const onnx::ModelView& model, const onnx::AttributeView& attribute) {
  Json item = Json::object();
  item["name"] = attribute.name;
  item["type"] = type_name(attribute.type);
  if (!attribute.ref_attr_name.empty()) {
    item["value"] = "@" + attribute.ref_attr_name;
  } else if (!attribute.tensors.empty()) {
    ME_TRY(const onnx::TensorView tensor, model.tensor(attribute.tensors[0]));
    item["value"] = tensor_item(tensor);
  } else if (!attribute.graphs.empty()) {
    ME_TRY(const onnx::GraphView body, model.subgraph(attribute.graphs[0]));
    item["value"] = {{"name", body.name}, {"nodes", body.nodes.size()}};
  } else {
    ME_TRY(const std::string content, model.content(attribute.message));
    proto::AttributeProto parsed;
    if (parsed.ParseFromString(content)) {
      parsed.set_type(static_cast<proto::AttributeProto::AttributeType>(attribute.type));
      item["value"] = attribute_value(parsed);
    } else {
      item["value"] = nullptr;
    }
  }
  return item;
}

}  // namespace

Json runtimes_json(const onnx::ModelHeader& header) {
  onnx::OpsetImports imports;
  for (const onnx::OpsetImport& import : header.opset_imports)
    imports.emplace_back(import.domain, import.version);
  Json list = Json::array();
  for (const onnx::RuntimeRelease& release : onnx::runtime_releases()) {
    const std::string refusal = onnx::runtime_refusal(release, header.ir_version.value_or(0), imports);
    list.push_back({{"version", release.version}, {"refusal", refusal.empty() ? Json() : Json(refusal)}});
  }
  return list;
}

Result<Json> graph_json(const onnx::ModelView& model, const hierarchy::Tree& tree) {
  Json document = Json::object();
  document["schema"] = "modelexport/graph/1";
  Json nodes = Json::array();
  for (const hierarchy::NodePlace& place : tree.nodes) {
    ME_TRY(const onnx::NodeView node, model.node(place.message));
    Json item = Json::object();
    item["name"] = place.name;
    item["op"] = place.op;
    item["module"] = place.module;
    item["inputs"] = strings(node.inputs);
    item["outputs"] = strings(node.outputs);
    item["offset"] = place.message.offset;
    item["size"] = place.message.size;
    item["header"] = place.message.header;
    nodes.push_back(std::move(item));
  }
  document["nodes"] = std::move(nodes);
  Json initializers = Json::array();
  for (const onnx::TensorView& tensor : model.graph().initializers)
    initializers.push_back(tensor_item(tensor));
  document["initializers"] = std::move(initializers);
  document["runtimes"] = runtimes_json(model.header());
  return document;
}

Result<Json> node_json(const onnx::ModelView& model, const onnx::MessageRef& message) {
  ME_TRY(const onnx::NodeView node, model.node(message));
  Json document = Json::object();
  document["schema"] = "modelexport/node/1";
  document["name"] = node.name;
  document["op"] = node.domain.empty() ? node.op_type : node.domain + "." + node.op_type;
  document["inputs"] = strings(node.inputs);
  document["outputs"] = strings(node.outputs);
  document["doc_string"] = shortened(node.doc_string);
  Json attributes = Json::array();
  for (const onnx::AttributeView& attribute : node.attributes) {
    ME_TRY(Json item, attribute_json(model, attribute));
    attributes.push_back(std::move(item));
  }
  document["attributes"] = std::move(attributes);
  Json metadata = Json::array();
  for (const onnx::MetadataEntry& entry : node.metadata)
    metadata.push_back({{"key", entry.key}, {"value", shortened(entry.value)}});
  document["metadata"] = std::move(metadata);
  return document;
}

}  // namespace modelexport::report
