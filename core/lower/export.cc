#include "modelexport/export.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "aten/decompose.h"
#include "aten/problems.h"
#include "hierarchy/silent_modules.h"
#include "lower/axes.h"
#include "lower/bfloat16.h"
#include "lower/borders.h"
#include "lower/example_inputs.h"
#include "lower/expand_fused.h"
#include "lower/frozen_norm.h"
#include "lower/functionalise.h"
#include "lower/hazards.h"
#include "lower/list_parts.h"
#include "lower/lower.h"
#include "lower/memory_base.h"
#include "lower/open_residuals.h"
#include "lower/packed_sequences.h"
#include "lower/program_state.h"
#include "lower/tied.h"
#include "modelexport/hierarchy.h"

namespace modelexport {
namespace {

using lower::Builder;
using lower::dims_of;

/// "/encoder/layer.0/attention" for "encoder.layer.0.attention": what viewers and torch.onnx show.
std::string scope_path(std::string_view scope) {
  std::string out;
  while (!scope.empty()) {
    const std::size_t dot = scope.find('.');
    const std::string_view part = scope.substr(0, dot);
    const bool index = part.find_first_not_of("0123456789") == std::string_view::npos;
    out += (index && !out.empty() ? "." : "/") + std::string(part);
    scope = dot == std::string_view::npos ? std::string_view() : scope.substr(dot + 1);
  }
  return out;
}

/// Names, labels and final value names of all nodes, subgraphs included.
class Finisher {
 public:
  Finisher(const ExportOptions& options, const hierarchy::Labels& labels, ExportResult& result)
      : options_(options), labels_(labels), facts_(result.facts), nodes_(result.nodes) {}

  void rename(const std::string& from, std::string to) { names_[from] = std::move(to); }
  /// The name of a node's result, once its node is finished.
  std::string final_name(const std::string& name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? name : found->second;
  }
  void reserve(const std::string& name) { used_.insert(name); }

  void finish(onnx::Node& node, std::uint32_t call) {
    node.name = unique(scope_path(labels_.calls[call].scope) + "/" + node.op_type);
    for (auto& input : node.inputs) input = final_name(input);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      names_.try_emplace(node.outputs[i], node.name + "_output_" + std::to_string(i));
      node.outputs[i] = names_[node.outputs[i]];
    }
    label(node, call);
    for (auto& attribute : node.attributes)
      if (auto* body = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value))
        finish_body(**body, node.name + "/" + attribute.name);
  }

 private:
  void finish_body(onnx::Graph& body, std::string name) {
    body.name = std::move(name);
    for (std::size_t i = 0; i < body.inputs.size(); ++i) {
      names_.try_emplace(body.inputs[i].name, unique(body.name + "/input_" + std::to_string(i)));
      body.inputs[i].name = names_[body.inputs[i].name];
    }
    for (auto& node : body.nodes) {
      const auto call = static_cast<std::uint32_t>(std::stoul(node.metadata.front().second));
      node.metadata.clear();
      finish(node, call);
    }
    for (auto& output : body.outputs) output.name = final_name(output.name);
  }

  std::string unique(const std::string& wanted) {
    if (used_.insert(wanted).second) return wanted;
    for (std::uint64_t& k = next_[wanted];;) {
      std::string name = wanted + "_" + std::to_string(++k);
      if (used_.insert(name).second) return name;
    }
  }

  void label(onnx::Node& node, std::uint32_t call) {
    ++facts_.nodes;
    const auto& label = labels_.calls[call];
    nodes_.push_back({node.name, node.op_type, label.tag, label.scope});
    switch (label.placement) {
      case hierarchy::Placement::direct:
        ++facts_.direct;
        break;
      case hierarchy::Placement::parent:
        ++facts_.parent;
        break;
      case hierarchy::Placement::root_own:
        ++facts_.root_own;
        break;
    }
    if (options_.hierarchy == HierarchyMode::none) return;
    ++facts_.nodes_tagged;
    node.metadata.emplace_back(hierarchy::kTagKey, label.tag);
    if (options_.hierarchy == HierarchyMode::tag) return;
    node.metadata.emplace_back(hierarchy::kScopeKey, label.scope);
    node.metadata.emplace_back(hierarchy::kNamespaceKey,
                               hierarchy::node_namespace(label, node.name, node.op_type));
  }

  const ExportOptions& options_;
  const hierarchy::Labels& labels_;
  ExportFacts& facts_;
  std::vector<NodeFact>& nodes_;
  std::unordered_map<std::string, std::string> names_;
  std::unordered_set<std::string> used_;
  std::unordered_map<std::string, std::uint64_t> next_;
};

/// What sidecar, report and weight references need to know beside the model.
void collect_facts(const aten::Graph& graph, const hierarchy::Labels& labels, ExportResult& result) {
  for (std::size_t i = 0; i < graph.calls.size(); ++i) {
    if (labels.calls[i].placement == hierarchy::Placement::parent) continue;
    const aten::Module& module = graph.modules[graph.calls[i].module];
    result.calls.push_back({module.path, module.class_name, labels.calls[i].tag, labels.calls[i].scope});
  }
  for (const auto& tensor : graph.tensors)
    if (!tensor.aliases.empty()) result.tied.emplace_back(tensor.name, tensor.aliases);
}

/// The path of an input or output as the archive has it.
std::string archive_name(const std::vector<std::string>& path) {
  std::string out;
  for (const auto& part : path) out += (out.empty() ? "" : ".") + part;
  return out.empty() ? "output" : out;
}

void collect_inputs(const aten::Graph& graph, const std::vector<lower::NamedInput>& inputs,
                    ExportResult& result) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    result.inputs.push_back({inputs[i].name, archive_name(graph.inputs[i].path), inputs[i].dtype,
                             inputs[i].shape, inputs[i].example});
}

/// Borders between calls whose value is the result of a node of the main graph.
void collect_borders(const aten::Graph& graph, Builder& builder, std::size_t own_values,
                     const std::vector<onnx::Node>& nodes, const Finisher& names, ExportResult& result) {
  std::unordered_set<std::string> made;
  for (const auto& node : nodes) made.insert(node.outputs.begin(), node.outputs.end());
  for (const lower::Border& border : lower::find_borders(graph, own_values)) {
    const aten::Type& type = builder.types().of[border.value];
    // What is known beforehand is no node's result.
    if (!type.is_tensor() || is_complex(type.dtype) || type.content) continue;
    const std::string name = names.final_name(builder.name_of(border.value));
    if (made.count(name) == 0) continue;
    const aten::Module& module = graph.modules[graph.calls[border.op->call].module];
    result.borders.push_back(
        {name, graph.values[border.value].name, type.dtype, type.shape, module.path, module.class_name,
         border.op->source < graph.sources.size() ? graph.sources[border.op->source] : std::string()});
  }
}

std::int64_t ir_version(std::int64_t opset) { return opset <= 18 ? 8 : opset <= 20 ? 9 : 10; }

Result<void> check_opset(std::int64_t opset) {
  if (opset >= 17 && opset <= 21) return {};
  return fail(ErrorCode::exp_bad_input_option, "opset " + std::to_string(opset) + " is not supported", {},
              "use --opset 17 to 21 (default 18)");
}

/// Reads small buffers and constants whole, for inference.
std::optional<Bytes> read_small(const aten::Tensor& t, const ExportSources& sources) {
  const ByteSource* source = t.file == aten::TensorFile::archive ? sources.archive : sources.side;
  std::uint64_t count = 1;
  std::int64_t stride = 1;
  for (std::size_t d = t.sizes.size(); d-- > 0;) {
    if (t.sizes[d] != 1 && t.strides[d] != stride) return std::nullopt;  // not contiguous
    count *= static_cast<std::uint64_t>(t.sizes[d]);
    stride *= t.sizes[d];
  }
  const std::uint64_t width = dtype_bytes(t.dtype);
  if (source == nullptr) return std::nullopt;
  auto bytes = read_range(
      *source, {t.storage.offset + static_cast<std::uint64_t>(t.storage_offset) * width, count * width},
      4096);
  if (!bytes) return std::nullopt;
  return std::move(*bytes);
}

/// Symbols of the inputs can be read from the inputs' shapes when the graph runs.
Result<void> bind_inputs(const aten::Graph& graph, const std::vector<lower::NamedInput>& inputs,
                         aten::Types& types) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const aten::ValueId id = graph.inputs[i].value;
    types.of[id] = aten::Type::tensor(inputs[i].dtype, inputs[i].shape);
    for (std::size_t axis = 0; axis < inputs[i].shape.size(); ++axis)
      if (auto name = inputs[i].shape[axis].as_symbol())
        types.origins.try_emplace(*name, aten::SymbolOrigin{id, static_cast<std::int32_t>(axis)});
  }
  // A symbol that occurs only inside an expression cannot be computed; name the input.
  for (const auto& input : inputs)
    for (const Expr& size : input.shape)
      for (const auto& symbol : size.symbols())
        if (types.origins.count(symbol) == 0)
          return fail(ErrorCode::exp_unsupported_form,
                      "the size '" + symbol + "' of input '" + input.name + "' is not the size of any axis");
  return {};
}

struct Outputs {
  std::vector<onnx::ValueInfo> infos;
  std::vector<std::string> values;  ///< internal names
  std::vector<PortFact> ports;
};

Result<Outputs> collect_outputs(const aten::Graph& graph, Builder& builder, const ExportOptions& options,
                                Diagnostics& problems) {
  Outputs out;
  const auto names = lower::name_outputs(graph, options);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const aten::ValueId id = graph.outputs[i].value;
    const aten::Type& type = builder.types().of[id];
    if (type.kind == aten::Type::Kind::none) continue;
    std::string value = builder.name_of(id);
    if (value.empty()) {
      problems.push_back({ErrorCode::exp_unsupported_form,
                          Severity::error,
                          "output '" + names[i] + "' could not be lowered",
                          {},
                          ""});
      return fail(problems.back());
    }
    out.infos.push_back({names[i], type.dtype, dims_of(type.shape)});
    out.ports.push_back({names[i], archive_name(graph.outputs[i].path), type.dtype, type.shape, {}});
    out.values.push_back(std::move(value));
  }
  return out;
}

/// Outputs that are no node's own result (an input, a weight, a result given twice) get an Identity.
void own_outputs(Outputs& outputs, Builder& builder, const aten::Graph& graph) {
  std::unordered_set<std::string> taken;
  for (const auto& input : graph.inputs) taken.insert(builder.name_of(input.value));
  builder.set_call(0);
  for (auto& value : outputs.values) {
    const bool node_result = value.starts_with('%');
    if (node_result && taken.insert(value).second) continue;
    value = builder.copy(value);
    taken.insert(value);
  }
}

}  // namespace

Result<ExportResult> export_graph(aten::Graph graph, const ExportSources& sources,
                                  const ExportOptions& options, Diagnostics& problems) {
  ME_CHECK(check_opset(options.opset));
  const std::size_t own_values = graph.values.size();
  hierarchy::name_silent_modules(graph, options.limits);
  lower::settle_examples(graph);
  lower::expand_fused(graph);
  lower::join_unpacked_lists(graph);
  ME_CHECK(lower::functionalise(graph));
  const auto lost_state = lower::lost_state(graph);
  lower::unpack_sequences(graph);
  lower::merge_equal_tensors(graph, {sources.archive, sources.side});
  lower::name_by_first_use(graph);
  ME_TRY(const auto inputs, lower::name_inputs(graph, options));

  aten::Types types;
  aten::type_tensors(graph, types, [&](const aten::Tensor& t) { return read_small(t, sources); });
  ME_CHECK(bind_inputs(graph, inputs, types));
  aten::decompose(graph, types, problems);
  types.of.resize(graph.values.size());
  if (!aten::infer(graph, types, problems)) return fail(aten::summary(problems));
  lower::recognise_frozen_norms(graph, types);
  lower::address_memory(graph, types, problems);

  ExportResult result;
  result.warnings = lower::find_hazards(graph, types, inputs);
  if (lost_state) result.warnings.push_back(*lost_state);
  Builder builder(graph, types, {sources.archive, sources.side}, options.opset);
  builder.keep_stored_weights(options.reference_weights);
  for (std::size_t i = 0; i < inputs.size(); ++i) builder.bind(graph.inputs[i].value, inputs[i].name);
  lower::lower_ops(builder, graph.ops, problems);
  if (!problems.empty()) return fail(aten::summary(problems));
  ME_TRY(Outputs outputs, collect_outputs(graph, builder, options, problems));
  own_outputs(outputs, builder, graph);
  ME_TRY(const auto labels, hierarchy::label_calls(graph, {options.torch_modules, options.limits}));

  Finisher finisher(options, labels, result);
  for (const auto& input : inputs) finisher.reserve(input.name);
  for (std::size_t i = 0; i < outputs.values.size(); ++i)
    finisher.rename(outputs.values[i], outputs.infos[i].name);

  onnx::Model& model = result.model;
  Builder::Finished finished = builder.finish(outputs.values);
  std::map<std::string, DType> input_dtypes;
  for (const auto& input : inputs) input_dtypes[input.name] = input.dtype;
  lower::compute_bfloat16_in_float32(finished, std::move(input_dtypes), graph);
  lower::open_residuals(finished);
  for (auto& built : finished.nodes) {
    finisher.finish(built.node, built.call);
    model.graph.nodes.push_back(std::move(built.node));
  }
  std::unordered_set<std::string> is_output(outputs.values.begin(), outputs.values.end());
  for (auto& info : finished.types) {
    if (is_output.count(info.name) != 0) continue;
    info.name = finisher.final_name(info.name);
    model.graph.value_infos.push_back(std::move(info));
  }
  std::unordered_map<std::string, const aten::Tensor*> parameters;
  for (const auto& t : graph.tensors)
    if (t.kind == aten::TensorKind::parameter) parameters[t.name] = &t;
  for (const auto& initializer : finished.initializers) {
    std::string base = initializer.name;
    if (parameters.count(base) == 0 && base.ends_with("_t")) base.resize(base.size() - 2);
    if (parameters.count(base) == 0) continue;
    std::uint64_t count = 1;
    for (std::int64_t d : initializer.dims) count *= static_cast<std::uint64_t>(d);
    result.facts.parameters += count;
  }
  model.graph.initializers = std::move(finished.initializers);
  for (const auto& input : inputs)
    model.graph.inputs.push_back({input.name, input.dtype, dims_of(input.shape)});
  model.graph.outputs = std::move(outputs.infos);
  collect_inputs(graph, inputs, result);
  result.outputs = std::move(outputs.ports);
  model.graph.name = std::string(hierarchy::short_class(graph.modules.front().class_name));
  if (model.graph.name.empty()) model.graph.name = "main_graph";
  if (options.hierarchy == HierarchyMode::full)
    model.graph.metadata.emplace_back(hierarchy::kModulesKey, labels.modules_json);
  model.ir_version = ir_version(options.opset);
  model.opset_imports = {{"", options.opset}};
  model.producer_name = "ModelExport-HTP";
  model.producer_version = options.producer_version;
  model.domain = "com.modelexport.htp";
  model.metadata = options.metadata;
  collect_borders(graph, builder, own_values, model.graph.nodes, finisher, result);
  collect_facts(graph, labels, result);
  result.facts.modules = graph.modules.size();
  for (const auto& module : labels.modules) result.facts.called += module.calls > 0 ? 1 : 0;
  return result;
}

}  // namespace modelexport
