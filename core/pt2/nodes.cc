#include "pt2/nodes.h"

#include <algorithm>

#include "pt2/arguments.h"
#include "pt2/shapes.h"

namespace modelexport::pt2 {
namespace {

using json::Json;

constexpr std::string_view kHigherOrder = "torch.ops.higher_order.";

tl::unexpected<Diagnostic> unsupported(std::string what, const json::Path& at, std::string hint = {}) {
  return fail(ErrorCode::pt2_unsupported, std::move(what), {{}, at.text(), {}}, std::move(hint));
}

}  // namespace

Target read_target(std::string_view text) {
  const auto after = [&](std::string_view prefix) -> std::optional<std::string> {
    if (!text.starts_with(prefix)) return std::nullopt;
    return std::string(text.substr(prefix.size()));
  };
  if (const auto rest = after("torch.ops.")) {
    // namespace.name.overload
    const std::size_t first = rest->find('.');
    const std::size_t last = rest->rfind('.');
    if (first != std::string::npos && first != last) {
      const std::string overload = rest->substr(last + 1);
      return {rest->substr(0, first) + "::" + rest->substr(first + 1, last - first - 1),
              overload == "default" ? "" : overload};
    }
  }
  if (const auto rest = after("_operator.")) return {"operator::" + *rest, ""};
  if (const auto rest = after("math.")) return {"math::" + *rest, ""};
  if (const auto rest = after("torch.sym_")) return {"operator::sym_" + *rest, ""};
  return {std::string(text), ""};
}

std::string source_of(std::string_view stack_trace) {
  const std::size_t at = stack_trace.rfind("File \"");
  if (at == std::string_view::npos) return {};
  std::string_view rest = stack_trace.substr(at + 6);
  const std::size_t quote = rest.find('"');
  if (quote == std::string_view::npos) return {};
  // Only the file's own name: directories are the exporting machine's.
  std::string_view file = rest.substr(0, quote);
  file = file.substr(file.find_last_of("/\\") + 1);
  rest = rest.substr(quote + 1);
  constexpr std::string_view kLine = ", line ";
  if (file.empty() || !rest.starts_with(kLine)) return {};
  rest.remove_prefix(kLine.size());
  const std::string_view line = rest.substr(0, rest.find_first_not_of("0123456789"));
  return line.empty() ? std::string() : std::string(file) + ":" + std::string(line);
}

Status NodeReader::read_nodes(const Json& graph, Scope& scope, const json::Path& at, std::uint32_t depth) {
  if (depth > limits_.depth) return unsupported("regions are nested too deeply", at);
  ME_TRY(const Json* nodes, json::get_array(graph, "nodes", at));
  const json::Path here{&at, "nodes"};
  const auto& items = json::elements(*nodes);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (read_ >= limits_.nodes) return unsupported("the program has too many operators (limit nodes)", at);
    ME_CHECK(read_node(items[i], scope, {&here, {}, i}, depth));
  }
  return note_types(graph, scope, at);
}

namespace {
bool is_list_of_tensors(const Json& node) {
  const Json* outputs = json::find(node, "outputs");
  const auto& items = json::elements(*outputs);
  return items.size() == 1 && json::find(items[0], "as_tensors") != nullptr;
}
}  // namespace

Status NodeReader::read_node(const Json& node, Scope& scope, const json::Path& at, std::uint32_t depth) {
  ++read_;
  ME_TRY(const std::string_view text, json::get_string(node, "target", at));
  if (text.starts_with(kHigherOrder)) {
    return read_region(node, text.substr(kHigherOrder.size()), scope, at, depth);
  }
  Target target = read_target(text);
  aten::Op op;
  op.target = std::move(target.name);
  op.overload = std::move(target.overload);
  ME_CHECK(read_arguments(node, scope, at, op));
  ME_CHECK(read_metadata(node, at, op));
  ME_CHECK(read_outputs(node, scope, at, op));
  const bool list_of_one = op.outputs.size() == 1 && is_list_of_tensors(node);
  if (!list_of_one) {
    ops_->push_back(std::move(op));
    return {};
  }
  // Several results are the list's elements; a single one would be taken for the list.
  aten::Op unpack;
  unpack.target = "prim::ListUnpack";
  unpack.outputs = op.outputs;
  unpack.call = op.call;
  unpack.source = op.source;
  op.outputs = {names_.add("list")};
  unpack.args = {{"list", {aten::Ref{op.outputs[0]}}}};
  ops_->push_back(std::move(op));
  ops_->push_back(std::move(unpack));
  return {};
}

Status NodeReader::read_arguments(const Json& node, const Scope& scope, const json::Path& at, aten::Op& op) {
  ME_TRY(const Json* inputs, json::get_array(node, "inputs", at));
  const json::Path here{&at, "inputs"};
  const auto& items = json::elements(*inputs);
  op.args.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const json::Path item{&here, {}, i};
    ME_TRY(const std::string_view name, json::get_string(items[i], "name", item));
    if (is_left_out(name)) continue;
    ME_TRY(const Json* value, json::get(items[i], "arg", item));
    ME_TRY(auto arg, read_argument(*value, scope, item));
    if (arg && !arg->is_none()) op.args.push_back({std::string(name), std::move(*arg)});
  }
  return {};
}

Status NodeReader::read_outputs(const Json& node, Scope& scope, const json::Path& at, aten::Op& op) {
  ME_TRY(const Json* outputs, json::get_array(node, "outputs", at));
  const json::Path here{&at, "outputs"};
  const auto& items = json::elements(*outputs);
  for (std::size_t i = 0; i < items.size(); ++i) {
    ME_TRY(const auto names, read_names(items[i], {&here, {}, i}));
    for (const std::string_view name : names) {
      const aten::ValueId value = names_.add(name.empty() ? "unused" : name);
      op.outputs.push_back(value);
      if (!name.empty() && !scope.emplace(name, value).second) {
        return fail(ErrorCode::pt2_malformed, "the value `" + std::string(name) + "` is defined twice",
                    {{}, here.text(), {}});
      }
    }
  }
  return {};
}

Status NodeReader::read_metadata(const Json& node, const json::Path& at, aten::Op& op) {
  op.call = region_call_;
  const Json* metadata = json::find(node, "metadata");
  if (metadata == nullptr) return {};
  if (const auto stack = json::find_string(*metadata, "nn_module_stack")) {
    auto call = calls_.call_of(*stack);
    if (!call) {
      Diagnostic error = std::move(call).error();
      error.where.field = at.text();
      return fail(std::move(error));
    }
    op.call = *call;
  }
  if (const auto trace = json::find_string(*metadata, "stack_trace")) {
    std::string source = source_of(*trace);
    if (source.empty()) return {};
    const auto [known, is_new] =
        sources_.emplace(std::move(source), static_cast<std::uint32_t>(graph_.sources.size()));
    if (is_new) graph_.sources.push_back(known->first);
    op.source = known->second;
  }
  return {};
}

Status NodeReader::note_types(const Json& graph, const Scope& scope, const json::Path& at) {
  if (types_ == nullptr) return {};
  if (const Json* tensors = json::find(graph, "tensor_values")) {
    for (const auto& [name, meta] : json::members(*tensors)) {
      const auto value = scope.find(name);
      if (value == scope.end()) continue;
      // These are facts beside the program: a size in functions of floats is left out, not an error.
      const auto read = read_tensor_meta(meta, limits_, {&at, name});
      if (!read) continue;
      Pt2Types::Tensor tensor{read->dtype, {}};
      for (const Size& size : read->sizes) tensor.shape.push_back(size.expr);
      types_->tensors[value->second] = std::move(tensor);
    }
  }
  if (const Json* numbers = json::find(graph, "sym_int_values")) {
    for (const auto& [name, sym_int] : json::members(*numbers)) {
      const auto value = scope.find(name);
      if (value == scope.end()) continue;
      const auto size = read_size(sym_int, limits_, {&at, name});
      if (size) types_->numbers[value->second] = size->expr;
    }
  }
  return {};
}

}  // namespace modelexport::pt2
