// JSON form of aten::Graph, schema "modelexport/aten/1": what the TorchScript worker hands to the core.
//
// Arguments: null, numbers, true/false, strings and arrays stand for themselves; {"value": 3} is a value,
// {"dtype": "float32"} a dtype, {"float": "inf"} a number that JSON has no form for.
#include <cmath>

#include "json/json.h"
#include "modelexport/aten.h"

namespace modelexport::aten {
namespace {

using json::Json;

Json to_json(const Arg& arg);

struct ArgWriter {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const Ref& ref) const { return {{"value", ref.value}}; }
  Json operator()(std::int64_t v) const { return v; }
  Json operator()(double v) const {
    if (std::isfinite(v)) return v;
    return {{"float", std::isnan(v) ? "nan" : v > 0 ? "inf" : "-inf"}};
  }
  Json operator()(bool v) const { return v; }
  Json operator()(const std::string& v) const { return v; }
  Json operator()(DType v) const { return {{"dtype", std::string(dtype_name(v))}}; }
  Json operator()(const ArgList& list) const {
    Json out = Json::array();
    for (const Arg& item : list) out.push_back(to_json(item));
    return out;
  }
};
Json to_json(const Arg& arg) { return std::visit(ArgWriter(), arg.data); }

Json to_json(const std::vector<Op>& ops);

Json to_json(const Op& op) {
  Json out = {{"target", op.target}};
  if (!op.overload.empty()) out["overload"] = op.overload;
  Json args = Json::array();
  for (const NamedArg& arg : op.args) args.push_back(Json::array({arg.name, to_json(arg.value)}));
  out["args"] = std::move(args);
  out["outputs"] = op.outputs;
  if (!op.blocks.empty()) {
    Json blocks = Json::array();
    for (const Block& block : op.blocks)
      blocks.push_back({{"inputs", block.inputs}, {"ops", to_json(block.ops)}, {"outputs", block.outputs}});
    out["blocks"] = std::move(blocks);
  }
  if (op.call != 0) out["call"] = op.call;
  if (op.source != 0xFFFFFFFF) out["source"] = op.source;
  return out;
}
Json to_json(const std::vector<Op>& ops) {
  Json out = Json::array();
  for (const Op& op : ops) out.push_back(to_json(op));
  return out;
}

constexpr std::string_view kKinds[] = {"parameter", "buffer", "constant"};

Json to_json(const Tensor& t) {
  Json out = {{"name", t.name},
              {"kind", std::string(kKinds[static_cast<int>(t.kind)])},
              {"dtype", std::string(dtype_name(t.dtype))},
              {"sizes", t.sizes},
              {"strides", t.strides},
              {"storage_offset", t.storage_offset},
              {"file", t.file == TensorFile::archive ? "archive" : "side"},
              {"offset", t.storage.offset},
              {"bytes", t.storage.size}};
  if (!t.aliases.empty()) out["aliases"] = t.aliases;
  return out;
}

// ---- reading

Result<Arg> read_arg(const Json& j, const json::Path& at) {
  if (j.is_null()) return Arg{};
  if (j.is_boolean()) return Arg{j.get<bool>()};
  if (j.is_number_integer()) return Arg{j.get<std::int64_t>()};
  if (j.is_number()) return Arg{j.get<double>()};
  if (j.is_string()) return Arg{j.get<std::string>()};
  if (j.is_array()) {
    ArgList list;
    for (const Json& item : j) {
      ME_TRY(Arg arg, read_arg(item, at));
      list.push_back(std::move(arg));
    }
    return Arg{std::move(list)};
  }
  if (auto value = json::find_int(j, "value")) return Arg{Ref{static_cast<ValueId>(*value)}};
  if (auto name = json::find_string(j, "dtype"))
    if (auto dtype = dtype_from_name(*name)) return Arg{*dtype};
  if (auto text = json::find_string(j, "float"))
    return Arg{*text == "nan" ? NAN : *text == "inf" ? INFINITY : -INFINITY};
  return json::field_error(at, "is no argument");
}

template <class T>
Result<std::vector<T>> read_ints(const Json& object, std::string_view key, const json::Path& at) {
  ME_TRY(const Json* array, json::get_array(object, key, at));
  std::vector<T> out;
  out.reserve(array->size());
  for (const Json& item : *array) {
    ME_TRY(const std::int64_t value, json::as_int(item, at));
    out.push_back(static_cast<T>(value));
  }
  return out;
}

Result<std::vector<std::string>> read_strings(const Json& array, const json::Path& at) {
  std::vector<std::string> out;
  for (const Json& item : json::elements(array)) {
    ME_TRY(const std::string_view text, json::as_string(item, at));
    out.emplace_back(text);
  }
  return out;
}

Result<std::vector<Op>> read_ops(const Json& array, const json::Path& at);

Result<Op> read_op(const Json& j, const json::Path& at) {
  Op op;
  ME_TRY(const std::string_view target, json::get_string(j, "target", at));
  op.target = target;
  if (auto overload = json::find_string(j, "overload")) op.overload = *overload;
  ME_TRY(const Json* args, json::get_array(j, "args", at));
  for (const Json& pair : *args) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string())
      return json::field_error(at, "has a malformed argument");
    ME_TRY(Arg arg, read_arg(pair[1], at));
    op.args.push_back({pair[0].get<std::string>(), std::move(arg)});
  }
  ME_TRY(op.outputs, read_ints<ValueId>(j, "outputs", at));
  if (const Json* blocks = json::find(j, "blocks")) {
    for (const Json& block : json::elements(*blocks)) {
      Block out;
      ME_TRY(out.inputs, read_ints<ValueId>(block, "inputs", at));
      ME_TRY(const Json* ops, json::get_array(block, "ops", at));
      ME_TRY(out.ops, read_ops(*ops, at));
      ME_TRY(out.outputs, read_ints<ValueId>(block, "outputs", at));
      op.blocks.push_back(std::move(out));
    }
  }
  if (auto call = json::find_int(j, "call")) op.call = static_cast<std::uint32_t>(*call);
  if (auto source = json::find_int(j, "source")) op.source = static_cast<std::uint32_t>(*source);
  return op;
}

Result<std::vector<Op>> read_ops(const Json& array, const json::Path& at) {
  std::vector<Op> out;
  out.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    const json::Path here{&at, {}, i};
    ME_TRY(Op op, read_op(array[i], here));
    out.push_back(std::move(op));
  }
  return out;
}

Result<DType> read_dtype(const Json& j, const json::Path& at) {
  ME_TRY(const std::string_view name, json::get_string(j, "dtype", at));
  if (name == "undefined") return DType::undefined;
  auto dtype = dtype_from_name(name);
  if (!dtype) return json::field_error(at, "names an unknown dtype");
  return *dtype;
}

Result<Tensor> read_tensor(const Json& j, const json::Path& at) {
  Tensor t;
  ME_TRY(const std::string_view name, json::get_string(j, "name", at));
  t.name = name;
  ME_TRY(const std::string_view kind, json::get_string(j, "kind", at));
  t.kind = kind == kKinds[0]   ? TensorKind::parameter
           : kind == kKinds[1] ? TensorKind::buffer
                               : TensorKind::constant;
  ME_TRY(t.dtype, read_dtype(j, at));
  ME_TRY(t.sizes, read_ints<std::int64_t>(j, "sizes", at));
  ME_TRY(t.strides, read_ints<std::int64_t>(j, "strides", at));
  ME_TRY(t.storage_offset, json::get_int(j, "storage_offset", at));
  ME_TRY(const std::string_view file, json::get_string(j, "file", at));
  t.file = file == "side" ? TensorFile::side : TensorFile::archive;
  ME_TRY(const std::int64_t offset, json::get_int(j, "offset", at));
  ME_TRY(const std::int64_t bytes, json::get_int(j, "bytes", at));
  t.storage = {static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(bytes)};
  if (const Json* aliases = json::find(j, "aliases")) {
    ME_TRY(t.aliases, read_strings(*aliases, at));
  }
  return t;
}

Result<void> read_io(const Json& root, Graph& graph) {
  const json::Path at{nullptr, "inputs"};
  ME_TRY(const Json* inputs, json::get_array(root, "inputs"));
  for (const Json& j : *inputs) {
    Input input;
    ME_TRY(const Json* path, json::get_array(j, "path", at));
    ME_TRY(input.path, read_strings(*path, at));
    ME_TRY(const std::int64_t value, json::get_int(j, "value", at));
    input.value = static_cast<ValueId>(value);
    ME_TRY(input.dtype, read_dtype(j, at));
    if (json::find(j, "example_shape") != nullptr) {
      ME_TRY(input.example_shape, read_ints<std::int64_t>(j, "example_shape", at));
    }
    graph.inputs.push_back(std::move(input));
  }
  ME_TRY(const Json* outputs, json::get_array(root, "outputs"));
  for (const Json& j : *outputs) {
    Output output;
    ME_TRY(const Json* path, json::get_array(j, "path", at));
    ME_TRY(output.path, read_strings(*path, at));
    ME_TRY(const std::int64_t value, json::get_int(j, "value", at));
    output.value = static_cast<ValueId>(value);
    graph.outputs.push_back(std::move(output));
  }
  return {};
}

Result<void> read_tables(const Json& root, Graph& graph) {
  const json::Path at{nullptr, "tables"};
  ME_TRY(const Json* values, json::get_array(root, "values"));
  for (const Json& j : *values) {
    Value value;
    ME_TRY(const std::string_view name, json::get_string(j, "name", at));
    value.name = name;
    if (auto tensor = json::find_int(j, "tensor")) value.tensor = static_cast<std::uint32_t>(*tensor);
    graph.values.push_back(std::move(value));
  }
  ME_TRY(const Json* tensors, json::get_array(root, "tensors"));
  for (const Json& j : *tensors) {
    ME_TRY(Tensor t, read_tensor(j, at));
    graph.tensors.push_back(std::move(t));
  }
  ME_TRY(const Json* modules, json::get_array(root, "modules"));
  for (const Json& j : *modules) {
    ME_TRY(const std::string_view path, json::get_string(j, "path", at));
    ME_TRY(const std::string_view class_name, json::get_string(j, "class", at));
    graph.modules.push_back({std::string(path), std::string(class_name)});
  }
  ME_TRY(const Json* calls, json::get_array(root, "calls"));
  for (const Json& j : *calls) {
    ME_TRY(const std::int64_t module, json::get_int(j, "module", at));
    ME_TRY(const std::int64_t parent, json::get_int(j, "parent", at));
    ME_TRY(const std::int64_t ordinal, json::get_int(j, "ordinal", at));
    graph.calls.push_back({static_cast<std::uint32_t>(module), static_cast<std::uint32_t>(parent),
                           static_cast<std::uint32_t>(ordinal)});
  }
  if (const Json* sources = json::find(root, "sources")) {
    ME_TRY(graph.sources, read_strings(*sources, at));
  }
  return {};
}

}  // namespace

std::string to_json(const Graph& graph) {
  Json root = {{"schema", "modelexport/aten/1"}, {"producer", graph.producer}};
  Json inputs = Json::array();
  for (const Input& input : graph.inputs) {
    Json j = {{"path", input.path}, {"value", input.value}, {"dtype", std::string(dtype_name(input.dtype))}};
    if (input.example_shape) j["example_shape"] = *input.example_shape;
    inputs.push_back(std::move(j));
  }
  root["inputs"] = std::move(inputs);
  Json outputs = Json::array();
  for (const Output& output : graph.outputs)
    outputs.push_back({{"path", output.path}, {"value", output.value}});
  root["outputs"] = std::move(outputs);
  Json values = Json::array();
  for (const Value& value : graph.values) {
    Json j = {{"name", value.name}};
    if (value.tensor) j["tensor"] = *value.tensor;
    values.push_back(std::move(j));
  }
  root["values"] = std::move(values);
  Json tensors = Json::array();
  for (const Tensor& tensor : graph.tensors) tensors.push_back(to_json(tensor));
  root["tensors"] = std::move(tensors);
  root["ops"] = to_json(graph.ops);
  Json modules = Json::array();
  for (const Module& module : graph.modules)
    modules.push_back({{"path", module.path}, {"class", module.class_name}});
  root["modules"] = std::move(modules);
  Json calls = Json::array();
  for (const Call& call : graph.calls)
    calls.push_back({{"module", call.module}, {"parent", call.parent}, {"ordinal", call.ordinal}});
  root["calls"] = std::move(calls);
  root["sources"] = graph.sources;
  if (graph.record) root["record"] = *graph.record;
  return json::dump(root);
}

Result<Graph> from_json(std::string_view text, const Limits& limits) {
  ME_TRY(const Json root, json::parse(text, limits, "graph"));
  if (json::find_string(root, "schema") != "modelexport/aten/1")
    return fail(ErrorCode::arc_invalid_graph, "the graph is not of schema modelexport/aten/1");
  Graph graph;
  if (auto producer = json::find_string(root, "producer")) graph.producer = *producer;
  ME_CHECK(read_tables(root, graph));
  ME_CHECK(read_io(root, graph));
  const json::Path at{nullptr, "ops"};
  ME_TRY(const Json* ops, json::get_array(root, "ops"));
  ME_TRY(graph.ops, read_ops(*ops, at));
  if (auto record = json::find_string(root, "record")) graph.record = std::string(*record);
  ME_CHECK(graph.validate(limits));
  return graph;
}

}  // namespace modelexport::aten
