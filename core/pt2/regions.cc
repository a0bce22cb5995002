// Regions of the program (higher-order operators): those that only set a mode are inlined, torch.cond and
// while_loop become blocks.
#include <utility>

#include "pt2/arguments.h"
#include "pt2/nodes.h"

namespace modelexport::pt2 {
namespace {

using json::Json;

tl::unexpected<Diagnostic> malformed(std::string what, const json::Path& at) {
  return fail(ErrorCode::pt2_malformed, std::move(what), {{}, at.text(), {}});
}

tl::unexpected<Diagnostic> unsupported(std::string what, const json::Path& at, std::string hint) {
  return fail(ErrorCode::pt2_unsupported, std::move(what), {{}, at.text(), {}}, std::move(hint));
}

struct Mode {
  std::string_view name;
  std::size_t arguments;  ///< before the graph
};
constexpr Mode kModes[] = {{"wrap_with_set_grad_enabled", 1}, {"wrap_with_autocast", 4}, {"wrap", 0}};

const Mode* find_mode(std::string_view name) {
  for (const Mode& mode : kModes) {
    if (mode.name == name) return &mode;
  }
  return nullptr;
}

/// wrap_with_autocast(device, dtype, enabled, cache, graph, ...).
bool is_switched_on(const Json::array_t& inputs) {
  const Json* arg = json::find(inputs[2], "arg");
  const Json* enabled = arg != nullptr ? json::find(*arg, "as_bool") : nullptr;
  return enabled == nullptr || *enabled != false;
}

/// Sets a member for as long as a region is read.
template <typename T>
class Within {
 public:
  Within(T& member, T value) : member_(member), before_(std::exchange(member, value)) {}
  ~Within() { member_ = before_; }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  T& member_;
  T before_;
};

Result<std::vector<aten::Arg>> read_list(const Json& input, const Scope& scope, const json::Path& at) {
  ME_TRY(const Json* value, json::get(input, "arg", at));
  ME_TRY(auto arg, read_argument(*value, scope, at));
  const aten::ArgList* list = arg ? arg->get<aten::ArgList>() : nullptr;
  if (list == nullptr) return malformed("a region's operands are no list", at);
  return std::vector<aten::Arg>(list->begin(), list->end());
}

}  // namespace

Status NodeReader::read_region(const Json& node, std::string_view name, Scope& scope, const json::Path& at,
                               std::uint32_t depth) {
  aten::Op place;
  ME_CHECK(read_metadata(node, at, place));
  const Within call(region_call_, place.call);
  if (find_mode(name) != nullptr) return inline_region(node, name, scope, at, depth);
  if (name == "cond") return read_cond(node, scope, at, depth);
  if (name == "while_loop") return read_while(node, scope, at, depth);
  return unsupported(
      "the program has a region of kind `" + std::string(name) + "`", at,
      "write it without this operator, or trace the model: torch.jit.save(torch.jit.trace(model, args), "
      "\"model.pt\")");
}

Status NodeReader::inline_region(const Json& node, std::string_view name, Scope& scope, const json::Path& at,
                                 std::uint32_t depth) {
  const Mode& mode = *find_mode(name);
  ME_TRY(const Json* inputs, json::get_array(node, "inputs", at));
  const json::Path here{&at, "inputs"};
  const auto& items = json::elements(*inputs);
  if (items.size() <= mode.arguments) return malformed("a region lacks its graph", here);
  std::vector<aten::Arg> arguments;
  for (std::size_t i = mode.arguments + 1; i < items.size(); ++i) {
    ME_TRY(const Json* value, json::get(items[i], "arg", {&here, {}, i}));
    ME_TRY(auto arg, read_argument(*value, scope, {&here, {}, i}));
    arguments.push_back(arg ? std::move(*arg) : aten::Arg{});
  }
  const Within precision(autocast_, mode.name == "wrap_with_autocast" ? is_switched_on(items) : autocast_);
  ME_TRY(const auto results, read_body(items[mode.arguments], arguments, here, depth));
  ME_TRY(const Json* outputs, json::get_array(node, "outputs", at));
  std::vector<std::string_view> names;
  for (const Json& item : json::elements(*outputs)) {
    ME_TRY(const auto part, read_names(item, at));
    names.insert(names.end(), part.begin(), part.end());
  }
  if (names.size() != results.size()) return malformed("a region's outputs do not fit its call", at);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty() && !scope.emplace(names[i], results[i]).second)
      return malformed("a region's outputs do not fit its call", at);
  }
  return {};
}

Status NodeReader::read_cond(const Json& node, Scope& scope, const json::Path& at, std::uint32_t depth) {
  ME_TRY(const Json* inputs, json::get_array(node, "inputs", at));
  const json::Path here{&at, "inputs"};
  const auto& items = json::elements(*inputs);
  if (items.size() != 4)
    return malformed("torch.cond has other than a condition, two graphs and operands", here);
  ME_TRY(const Json* test, json::get(items[0], "arg", here));
  ME_TRY(auto condition, read_argument(*test, scope, here));
  if (!condition) return malformed("torch.cond has no condition", here);
  ME_TRY(const auto operands, read_list(items[3], scope, here));
  aten::Op op;
  op.target = "prim::If";
  op.args.push_back({"cond", std::move(*condition)});
  ME_CHECK(read_metadata(node, at, op));
  for (const std::size_t branch : {1U, 2U}) {
    ME_TRY(auto block, read_block(items[branch], operands, {&here, {}, branch}, depth));
    op.blocks.push_back(std::move(block));
  }
  ME_CHECK(read_outputs(node, scope, at, op));
  for (const aten::Block& block : op.blocks)
    if (block.outputs.size() != op.outputs.size())
      return malformed("a region's outputs do not fit its call", at);
  ops_->push_back(std::move(op));
  return {};
}

/// The condition is computed before the loop and at the end of every trip.
Status NodeReader::read_while(const Json& node, Scope& scope, const json::Path& at, std::uint32_t depth) {
  ME_TRY(const Json* inputs, json::get_array(node, "inputs", at));
  const json::Path here{&at, "inputs"};
  const auto& items = json::elements(*inputs);
  if (items.size() != 4)
    return malformed("while_loop has other than two graphs and two lists of operands", here);
  ME_TRY(const auto carried, read_list(items[2], scope, here));
  ME_TRY(const auto fixed, read_list(items[3], scope, here));
  const auto with_fixed = [&](std::vector<aten::Arg> arguments) {
    arguments.insert(arguments.end(), fixed.begin(), fixed.end());
    return arguments;
  };
  const auto refs = [](const std::vector<aten::ValueId>& values) {
    std::vector<aten::Arg> out;
    for (const aten::ValueId value : values) out.push_back({aten::Ref{value}});
    return out;
  };
  aten::Op op;
  op.target = "prim::Loop";
  ME_CHECK(read_metadata(node, at, op));
  ME_TRY(const auto first, read_body(items[0], with_fixed(carried), {&here, {}, 0}, depth));
  if (first.size() != 1) return malformed("while_loop's condition is not one value", here);
  op.args = {{"max_trip_count", {INT64_MAX}},
             {"cond", {aten::Ref{first[0]}}},
             {"inputs", {aten::ArgList(carried.begin(), carried.end())}}};
  aten::Block body;
  {
    const Within inside(ops_, &body.ops);
    std::vector<aten::ValueId> held;
    for (std::size_t i = 0; i < carried.size(); ++i) held.push_back(names_.add("carried"));
    body.inputs = {names_.add("trip")};
    body.inputs.insert(body.inputs.end(), held.begin(), held.end());
    ME_TRY(const auto next, read_body(items[1], with_fixed(refs(held)), {&here, {}, 1}, depth));
    if (next.size() != carried.size())
      return malformed("while_loop's body does not fit what it carries", here);
    ME_TRY(const auto again, read_body(items[0], with_fixed(refs(next)), {&here, {}, 0}, depth));
    if (again.size() != 1) return malformed("while_loop's condition is not one value", here);
    body.outputs = again;
    body.outputs.insert(body.outputs.end(), next.begin(), next.end());
  }
  op.blocks.push_back(std::move(body));
  ME_CHECK(read_outputs(node, scope, at, op));
  if (op.outputs.size() != carried.size()) return malformed("a region's outputs do not fit its call", at);
  ops_->push_back(std::move(op));
  return {};
}

Result<aten::Block> NodeReader::read_block(const Json& graph_argument,
                                           const std::vector<aten::Arg>& arguments, const json::Path& at,
                                           std::uint32_t depth) {
  aten::Block block;
  const Within inside(ops_, &block.ops);
  ME_TRY(block.outputs, read_body(graph_argument, arguments, at, depth));
  return block;
}

Result<std::vector<aten::ValueId>> NodeReader::read_body(const Json& graph_argument,
                                                         const std::vector<aten::Arg>& arguments,
                                                         const json::Path& at, std::uint32_t depth) {
  ME_TRY(const Json* holder, json::get(graph_argument, "arg", at));
  ME_TRY(const Json* as_graph, json::get_object(*holder, "as_graph", at));
  ME_TRY(const Json* body, json::get_object(*as_graph, "graph", at));
  Scope inner;
  const json::Path region_at{&at, "graph"};
  ME_CHECK(bind_region(*body, arguments, inner, region_at));
  const std::size_t first = ops_->size();
  ME_CHECK(read_nodes(*body, inner, region_at, depth + 1));
  if (autocast_) spell_out_autocast(*body, inner, region_at, first);
  ME_TRY(const Json* results, json::get_array(*body, "outputs", region_at));
  std::vector<aten::ValueId> out;
  for (const Json& item : json::elements(*results)) {
    ME_TRY(const auto names, read_names(item, region_at));
    for (const std::string_view name : names) {
      const auto value = inner.find(name);
      if (value == inner.end()) return malformed("a region's outputs do not fit its call", at);
      out.push_back(value->second);
    }
  }
  return out;
}

Status NodeReader::bind_region(const Json& body, const std::vector<aten::Arg>& arguments, Scope& inner,
                               const json::Path& at) {
  ME_TRY(const Json* inputs, json::get_array(body, "inputs", at));
  const auto& items = json::elements(*inputs);
  if (items.size() != arguments.size()) return malformed("a region's inputs do not fit its call", at);
  for (std::size_t i = 0; i < items.size(); ++i) {
    ME_TRY(const auto names, read_names(items[i], {&at, {}, i}));
    const auto* ref = arguments[i].get<aten::Ref>();
    if (names.size() != 1 || (ref == nullptr) != names[0].empty()) {
      return malformed("a region's inputs do not fit its call", at);
    }
    if (ref != nullptr) inner.emplace(names[0], ref->value);
  }
  return {};
}

}  // namespace modelexport::pt2
