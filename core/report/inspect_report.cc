#include "report/inspect_report.h"

#include <set>

#include "modelexport/stamp.h"
#include "report/export_report.h"
#include "report/hierarchy_report.h"

namespace modelexport::report {
namespace {

using json::Json;

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json shape_json(const onnx::ValueView& value) {
  if (!value.has_shape) return nullptr;
  Json dims = Json::array();
  for (const onnx::Dim& dim : value.shape) {
    if (const auto* size = std::get_if<std::int64_t>(&dim)) {
      dims.push_back(*size);
    } else if (const auto* symbol = std::get_if<std::string>(&dim)) {
      dims.push_back(*symbol);
    } else {
      dims.push_back(nullptr);
    }
  }
  return dims;
}

Result<Json> values_json(const onnx::ModelView& model, const std::vector<onnx::MessageRef>& values,
                         const std::set<std::string_view>& leave_out) {
  Json list = Json::array();
  for (const onnx::MessageRef& message : values) {
    ME_TRY(const onnx::ValueView value, model.value(message));
    if (leave_out.count(value.name) > 0) continue;
    Json item = Json::object();
    item["name"] = value.name;
    const std::string_view dtype = onnx::data_type_name(value.elem_type);
    item["dtype"] = dtype.empty() ? Json() : Json(dtype);
    item["shape"] = shape_json(value);
    list.push_back(std::move(item));
  }
  return list;
}

/// Before IR 4 every initializer is a graph input as well; those are no inputs to anybody.
std::set<std::string_view> initializer_names(const onnx::GraphView& graph) {
  std::set<std::string_view> names;
  for (const onnx::TensorView& tensor : graph.initializers) names.insert(tensor.name);
  return names;
}

Json initializers_json(const onnx::GraphView& graph) {
  std::uint64_t parameters = 0;
  std::uint64_t bytes = 0;
  for (const onnx::TensorView& tensor : graph.initializers) {
    parameters += tensor.elements().value_or(0);
    bytes += tensor.bytes().value_or(tensor.data.size);
  }
  Json object = Json::object();
  object["count"] = graph.initializers.size() + graph.sparse_initializers.size();
  object["parameters"] = parameters;
  object["bytes"] = bytes;
  return object;
}

stamp::Entries entries_of(const onnx::ModelView& model) {
  stamp::Entries entries;
  for (const onnx::MetadataEntry& entry : model.header().metadata)
    entries.emplace_back(entry.key, entry.value);
  return entries;
}

Result<Json> external_json(const onnx::ModelView& model, const InspectOptions& options) {
  ME_TRY(const auto files, onnx::external_files(model, onnx::ExternalScope::initializers));
  const stamp::Stamp stamp = stamp::read(entries_of(model));
  Json list = Json::array();
  for (const onnx::ExternalFile& file : files) {
    Json item = Json::object();
    item["location"] = file.location;
    item["bytes"] = file.needed;
    item["present"] = options.has_external
                          ? Json(file.acceptable && options.has_external(file.location, file.needed))
                          : Json();
    const bool missing = item["present"].is_boolean() && !json::as_bool(item["present"]).value_or(true);
    if (missing && stamp::is_on_hub(stamp, file.location)) item["hub"] = stamp::hub_name(stamp);
    list.push_back(std::move(item));
  }
  return list;
}

Json source_json(const stamp::Entries& entries) {
  const stamp::Stamp stamp = stamp::read(entries);
  Json source = Json::object();
  source["kind"] = stamp::to_string(stamp.kind);
  source["hub_id"] = text_or_null(stamp.hub_id);
  source["revision"] = text_or_null(stamp.revision);
  source["original_path"] = text_or_null(stamp.original_path);
  return source;
}

Json header_json(const onnx::ModelView& model, const InspectOptions& options) {
  const onnx::ModelHeader& header = model.header();
  Json document = Json::object();
  document["schema"] = "modelexport/inspect/1";
  document["file"] = options.file;
  document["format"] = "onnx";
  document["size"] = model.source().size();
  document["producer"] = {{"name", header.producer_name}, {"version", header.producer_version}};
  document["domain"] = header.domain;
  document["model_version"] = header.model_version.value_or(0);
  document["ir_version"] = header.ir_version ? Json(*header.ir_version) : Json();
  document["opset_imports"] = Json::array();
  for (const onnx::OpsetImport& import : header.opset_imports) {
    document["opset_imports"].push_back({{"domain", import.domain}, {"version", import.version}});
  }
  document["metadata"] = Json::array();
  for (const onnx::MetadataEntry& entry : header.metadata) {
    document["metadata"].push_back({{"key", entry.key}, {"value", entry.value}});
  }
  return document;
}

// --- Text, rendered from the document.

std::string field(std::string_view name, const std::string& value) {
  std::string line = "  " + std::string(name);
  if (line.size() < 14) line.resize(14, ' ');
  return line + value + "\n";
}

std::string string_at(const Json& object, std::string_view key) {
  return std::string(json::find_string(object, key).value_or(""));
}

std::uint64_t number_at(const Json& object, std::string_view key) {
  return static_cast<std::uint64_t>(json::find_int(object, key).value_or(0));
}

std::string value_line(const Json& value) {
  std::string text = string_at(value, "name") + ": " + string_at(value, "dtype");
  const Json* shape = json::find(value, "shape");
  if (shape == nullptr || shape->is_null()) return text;
  std::string dims;
  for (const Json& dim : json::elements(*shape)) {
    if (!dims.empty()) dims += ", ";
    dims += dim.is_string() ? std::string(json::as_string(dim).value_or(""))
            : dim.is_null() ? "?"
                            : json::dump(dim);
  }
  return text + "[" + dims + "]";
}

/// One line per element, the first with a name.
std::string list_lines(const Json& document, std::string_view key, std::string_view name,
                       std::string (*line)(const Json&)) {
  std::string text;
  const Json* list = json::find(document, key);
  if (list == nullptr) return text;
  for (const Json& item : json::elements(*list)) {
    text += field(name, line(item));
    name = "";
  }
  return text;
}

std::string opset_line(const Json& import) {
  const std::string domain = string_at(import, "domain");
  return (domain.empty() ? "ai.onnx" : domain) + " " + std::to_string(number_at(import, "version"));
}

std::string metadata_line(const Json& entry) {
  constexpr std::size_t kLongest = 100;
  std::string value = string_at(entry, "value");
  if (value.size() > kLongest) value = value.substr(0, kLongest) + "...";
  for (char& c : value) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return string_at(entry, "key") + " = " + value;
}

std::string external_line(const Json& file) {
  const Json* present = json::find(file, "present");
  const bool missing = present != nullptr && present->is_boolean() && !json::as_bool(*present).value_or(true);
  const std::string what = string_at(file, "location") + " (" + size_text(number_at(file, "bytes"));
  if (const std::string hub = string_at(file, "hub"); !hub.empty())
    return what + " of " + hub + "; modelexport load brings it)";
  return what + (missing ? ", missing)" : ")");
}

std::string source_line_of(const Json& source) {
  std::string text = string_at(source, "kind");
  for (const char* key : {"hub_id", "revision", "original_path"}) {
    const std::string value = string_at(source, key);
    if (!value.empty()) text += (std::string_view(key) == "revision" ? "@" : "  ") + value;
  }
  const std::string id = string_at(source, "hub_id");
  if (!id.empty() && !source::is_hub_id(id)) text += "  (no Hub id)";
  return text;
}

std::string cell(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

}  // namespace

Result<Json> inspect_json(const onnx::ModelView& model, const hierarchy::Tree& tree,
                          const InspectOptions& options) {
  const onnx::GraphView& graph = model.graph();
  Json document = header_json(model, options);
  ME_TRY(document["inputs"], values_json(model, graph.inputs, initializer_names(graph)));
  ME_TRY(document["outputs"], values_json(model, graph.outputs, {}));
  document["nodes"] = graph.nodes.size();
  document["functions"] = model.header().functions.size();
  document["initializers"] = initializers_json(graph);
  ME_TRY(document["external_data"], external_json(model, options));
  document["source"] = source_json(entries_of(model));
  document["hierarchy"] = hierarchy_json(tree);
  if (options.nodes) document["node_list"] = nodes_json(tree);
  const onnx::ReadStats stats = model.read_stats();
  document["read"] = {{"bytes", stats.bytes}, {"requests", stats.requests}};
  return document;
}

std::string inspect_text(const Json& document) {
  std::string text = string_at(document, "file") + "\n";
  text += field("format", string_at(document, "format") + ", " + size_text(number_at(document, "size")));
  if (string_at(document, "format") != "onnx") return text;
  const Json& producer = *json::find(document, "producer");
  std::string made = string_at(producer, "name") + " " + string_at(producer, "version");
  if (!string_at(document, "domain").empty()) made += " (" + string_at(document, "domain") + ")";
  text += field("producer", made);
  text += list_lines(document, "opset_imports", "opset", opset_line);
  text += field("ir_version", std::to_string(number_at(document, "ir_version")));
  text += list_lines(document, "inputs", "inputs", value_line);
  text += list_lines(document, "outputs", "outputs", value_line);
  const Json& initializers = *json::find(document, "initializers");
  text += field("graph", std::to_string(number_at(document, "nodes")) + " nodes, " +
                             std::to_string(number_at(initializers, "count")) + " initializers, " +
                             std::to_string(number_at(initializers, "parameters")) + " parameters, " +
                             size_text(number_at(initializers, "bytes")) + " of weights");
  text += list_lines(document, "external_data", "external", external_line);
  text += field("source", source_line_of(*json::find(document, "source")));
  text += field("hierarchy", hierarchy_line(*json::find(document, "hierarchy")));
  text += list_lines(document, "metadata", "metadata", metadata_line);
  return text;
}

std::string nodes_text(const Json& document) {
  const Json* nodes = json::find(document, "node_list");
  if (nodes == nullptr) return {};
  std::string text;
  for (const Json& node : json::elements(*nodes)) {
    text += cell(string_at(node, "op"), 22) + " " + cell(string_at(node, "name"), 40) + " " +
            string_at(node, "tag");
    const std::string scope = string_at(node, "scope");
    text += (scope.empty() ? "" : "  (" + scope + ")") + "\n";
  }
  return text;
}

}  // namespace modelexport::report
