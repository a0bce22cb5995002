#include "pt2/signature.h"

#include "pickle/tensor_range.h"
#include "pt2/arguments.h"

namespace modelexport::pt2 {
namespace {

using json::Json;

/// {"arg": {"name": "p_weight"}} → "p_weight".
Result<std::string_view> argument_name(const Json& spec, const json::Path& at) {
  ME_TRY(const Json* arg, json::get_object(spec, "arg", at));
  return json::get_string(*arg, "name", {&at, "arg"});
}

struct TensorSpec {
  std::string_view kind;
  std::string_view name_field;
  aten::TensorKind tensor;
};
constexpr TensorSpec kTensorSpecs[] = {
    {"parameter", "parameter_name", aten::TensorKind::parameter},
    {"buffer", "buffer_name", aten::TensorKind::buffer},
    {"tensor_constant", "tensor_constant_name", aten::TensorKind::constant},
};

}  // namespace

/// Paths of the user-level inputs and outputs; without a usable spec the values' own names serve.
Status SignatureReader::read_leaves() {
  const Json* entries = json::find(program_, "module_call_graph");
  if (entries == nullptr) return {};
  const Json* fields = json::find(program_, "treespec_namedtuple_fields");
  for (const Json& entry : json::elements(*entries)) {
    const Json* signature = json::find(entry, "signature");
    if (json::find_string(entry, "fqn") != "" || signature == nullptr || !signature->is_object()) continue;
    std::vector<std::string> names;
    if (const Json* argument_names = json::find(*signature, "forward_arg_names")) {
      for (const Json& name : json::elements(*argument_names)) {
        ME_TRY(const std::string_view text, json::as_string(name));
        names.emplace_back(text);
      }
    }
    if (const auto spec = json::find_string(*signature, "in_spec"); spec && !spec->empty()) {
      ME_TRY(input_leaves_, parse_input_spec(*spec, names, fields, limits_));
    }
    if (const auto spec = json::find_string(*signature, "out_spec"); spec && !spec->empty()) {
      ME_TRY(output_leaves_, parse_treespec(*spec, fields, limits_));
    }
    return {};
  }
  return {};
}

std::vector<std::string> SignatureReader::next_path(const std::vector<Leaf>& leaves, std::size_t& next,
                                                    std::string fallback) const {
  if (next < leaves.size()) return leaves[next++].path;
  ++next;
  return fallback.empty() ? std::vector<std::string>() : std::vector<std::string>{std::move(fallback)};
}

Status SignatureReader::read_inputs(ValueNames& names, Scope& scope) {
  ME_CHECK(read_leaves());
  const json::Path root{nullptr, "graph_module"};
  ME_TRY(const Json* graph, json::get_object(program_, "graph", root));
  const MetaTable values(json::find(*graph, "tensor_values"));
  tensor_values_ = &values;
  ME_TRY(const Json* signature, json::get_object(program_, "signature", root));
  const json::Path at{&root, "signature"};
  ME_TRY(const Json* specs, json::get_array(*signature, "input_specs", at));
  const json::Path here{&at, "input_specs"};
  const auto& items = json::elements(*specs);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (auto done = read_input(items[i], names, scope, {&here, {}, i}); !done) {
      tensor_values_ = nullptr;
      return done;
    }
  }
  tensor_values_ = nullptr;
  return {};
}

Status SignatureReader::read_input(const Json& spec, ValueNames& names, Scope& scope, const json::Path& at) {
  ME_TRY(const Tagged tagged, read_tagged(spec, at));
  const json::Path here{&at, tagged.kind};
  for (const TensorSpec& known : kTensorSpecs) {
    if (known.kind != tagged.kind) continue;
    ME_TRY(const std::string_view argument, argument_name(*tagged.content, here));
    ME_TRY(const std::string_view name, json::get_string(*tagged.content, known.name_field, here));
    return add_tensor(argument, name, known.tensor, names, scope, here);
  }
  if (tagged.kind == "user_input") return add_user_input(*tagged.content, names, scope, here);
  if (tagged.kind == "constant_input") {  // a Python constant: part of the program, no input of the graph
    ++next_input_;
    return {};
  }
  return fail(ErrorCode::pt2_unsupported,
              "an input of kind `" + std::string(tagged.kind) + "` has no counterpart in an inference graph",
              {{}, here.text(), {}});
}

Status SignatureReader::add_tensor(std::string_view argument, std::string_view name, aten::TensorKind kind,
                                   ValueNames& names, Scope& scope, const json::Path& at) {
  const aten::Tensor* stored = weights_.find(std::string(name));
  if (stored == nullptr) {
    return fail(ErrorCode::pt2_malformed, "the archive has no values for `" + std::string(name) + "`",
                {{}, at.text(), {}}, "Save it again: torch.export.save(program, \"model.pt2\")");
  }
  if (const Json* meta = tensor_values_->find(argument)) {
    ME_TRY(const TensorMeta read, read_tensor_meta(*meta, limits_, at));
    bool same = read.dtype == stored->dtype && read.sizes.size() == stored->sizes.size();
    for (std::size_t i = 0; same && i < read.sizes.size(); ++i)
      same = !read.sizes[i].expr.constant() || *read.sizes[i].expr.constant() == stored->sizes[i];
    if (!same)
      return fail(ErrorCode::pt2_malformed,
                  "`" + std::string(name) + "` has another type or size in the program than in the weights",
                  {{}, at.text(), {}}, "save the archive again with torch.export.save");
  }
  const auto [known, is_new] =
      tensors_.emplace(pickle::identity_of(*stored), static_cast<std::uint32_t>(graph_.tensors.size()));
  if (is_new) {
    graph_.tensors.push_back(*stored);
    graph_.tensors.back().kind = kind;
    for (const std::string& alias : weights_.names_of(*stored)) {
      if (alias != name) graph_.tensors.back().aliases.push_back(alias);
    }
  } else if (kind == aten::TensorKind::parameter) {
    graph_.tensors[known->second].kind = kind;
  }
  const aten::ValueId value = names.add(argument);
  graph_.values[value].tensor = known->second;
  if (scope.emplace(argument, value).second) return {};
  return fail(ErrorCode::pt2_malformed, "the input `" + std::string(argument) + "` occurs twice",
              {{}, at.text(), {}});
}

Status SignatureReader::add_user_input(const Json& spec, ValueNames& names, Scope& scope,
                                       const json::Path& at) {
  ME_TRY(const Json* arg, json::get_object(spec, "arg", at));
  ME_TRY(const Tagged tagged, read_tagged(*arg, {&at, "arg"}));
  ME_TRY(const auto argument, read_names(*arg, {&at, "arg"}));
  if (argument.size() != 1 || argument[0].empty()) {  // a constant such as {"as_none": true}
    ++next_input_;
    return {};
  }
  aten::Input input;
  input.path = next_path(input_leaves_, next_input_, std::string(argument[0]));
  if (input.path.empty()) input.path = {std::string(argument[0])};
  input.value = names.add(argument[0]);
  if (tagged.kind == "as_tensor") {
    ME_CHECK(describe(input, argument[0], at));
  } else if (tagged.kind == "as_sym_int") {
    input.dtype = DType::int64;
    input.shape.emplace();
  } else {
    return fail(ErrorCode::pt2_unsupported, "an input of kind `" + std::string(tagged.kind) + "`",
                {{}, at.text(), {}}, "Pass only tensors to the model when exporting it");
  }
  if (!scope.emplace(argument[0], input.value).second) {
    return fail(ErrorCode::pt2_malformed, "the input `" + std::string(argument[0]) + "` occurs twice",
                {{}, at.text(), {}});
  }
  graph_.inputs.push_back(std::move(input));
  return {};
}

Status SignatureReader::describe(aten::Input& input, std::string_view name, const json::Path& at) const {
  const Json* meta = tensor_values_->find(name);
  if (meta == nullptr) return {};
  ME_TRY(const TensorMeta read, read_tensor_meta(*meta, limits_, at));
  input.dtype = read.dtype;
  input.shape.emplace();
  input.example_shape.emplace();
  for (const Size& size : read.sizes) {
    input.shape->push_back(size.expr);
    if (!size.example) input.example_shape.reset();
    if (input.example_shape) input.example_shape->push_back(*size.example);
  }
  return {};
}

Status SignatureReader::read_outputs(const Scope& scope) {
  const json::Path root{nullptr, "graph_module"};
  ME_TRY(const Json* signature, json::get_object(program_, "signature", root));
  const json::Path at{&root, "signature"};
  ME_TRY(const Json* specs, json::get_array(*signature, "output_specs", at));
  const json::Path here{&at, "output_specs"};
  const auto& items = json::elements(*specs);
  for (std::size_t i = 0; i < items.size(); ++i) ME_CHECK(read_output(items[i], scope, {&here, {}, i}));
  for (std::uint32_t t = 0; t < graph_.tensors.size(); ++t)
    if (updated_.count(graph_.tensors[t].name) != 0) graph_.updated.push_back(t);
  return {};
}

Status SignatureReader::read_output(const Json& spec, const Scope& scope, const json::Path& at) {
  ME_TRY(const Tagged tagged, read_tagged(spec, at));
  const json::Path here{&at, tagged.kind};
  if (tagged.kind == "token") return {};   // carries no data
  if (tagged.kind == "buffer_mutation") {  // for the next run only: no output of this one
    ME_TRY(const auto name, json::get_string(*tagged.content, "buffer_name", here));
    updated_.insert(std::string(name));
    return {};
  }
  if (tagged.kind != "user_output") {
    const bool mutation = tagged.kind == "user_input_mutation";
    return fail(ErrorCode::pt2_unsupported,
                mutation ? "the program changes one of its inputs in place"
                         : "an output of kind `" + std::string(tagged.kind) + "` is not part of inference",
                {{}, here.text(), {}},
                mutation ? "Return the changed tensor from forward instead, and export again"
                         : "Export it for inference: torch.export.export(model.eval(), args)");
  }
  ME_TRY(const Json* arg, json::get_object(*tagged.content, "arg", here));
  ME_TRY(const auto names, read_names(*arg, {&here, "arg"}));
  std::vector<std::string> path = next_path(output_leaves_, next_output_, {});
  if (names.size() != 1 || names[0].empty()) return {};  // None or another Python constant
  const auto value = scope.find(names[0]);
  if (value == scope.end()) {
    return fail(ErrorCode::pt2_malformed, "the output `" + std::string(names[0]) + "` is not defined",
                {{}, here.text(), {}});
  }
  graph_.outputs.push_back({std::move(path), value->second});
  return {};
}

}  // namespace modelexport::pt2
