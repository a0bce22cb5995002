#include "aten/decompose.h"

#include <algorithm>
#include <unordered_map>

namespace modelexport::aten {

Arg Composer::ints(const std::vector<std::int64_t>& values) {
  ArgList list;
  for (const std::int64_t value : values) list.push_back({value});
  return {std::move(list)};
}

void Composer::emit(Op op) {
  op.call = op_.call;
  op.source = op_.source;
  const Decomposition* row = find_decomposition(op.target);
  OpReader reader(mutable_graph_, types_, op);
  if (row != nullptr && (row->applies == nullptr || row->applies(reader))) {  // a composite of composites
    Composer inner(mutable_graph_, types_, op, out_);
    row->compose(inner);
    if (inner.error() && !error_) fail("as " + inner.error()->message, inner.error()->hint);
    return;
  }
  Infer context(mutable_graph_, types_, op);
  if (const InferRule* rule = find_infer_rule(op.target))
    rule->infer(context);
  else
    context.fail("is not supported");
  if (context.error() && !error_) fail("as " + context.error()->message, context.error()->hint);
  out_.push_back(std::move(op));
}

std::vector<Arg> Composer::call_n(std::string target, Args args, std::size_t outputs) {
  Op op;
  op.target = std::move(target);
  op.args = std::move(args);
  std::vector<Arg> results;
  for (std::size_t i = 0; i < outputs; ++i) {
    const std::string like = op_.outputs.empty() ? op_.target : mutable_graph_.values[op_.outputs[0]].name;
    op.outputs.push_back(mutable_graph_.add_value(like + "~" + std::to_string(mutable_graph_.values.size())));
    results.push_back({Ref{op.outputs.back()}});
  }
  types_.of.resize(mutable_graph_.values.size());
  emit(std::move(op));
  return results;
}

Arg Composer::call(std::string target, Args args) {
  return call_n(std::move(target), std::move(args), 1).front();
}

Arg Composer::given_arg(std::string_view name) const {
  const Arg* found = op_.find(name);
  return found == nullptr ? Arg{} : *found;
}

std::vector<Arg> Composer::items(std::string_view name) {
  const Arg* found = op_.find(name);
  if (found == nullptr) {
    fail("argument '" + std::string(name) + "' is missing");
    return {};
  }
  if (const auto* list = found->get<ArgList>()) return *list;
  const std::size_t count = type_of(*found).items.size();
  std::vector<Arg> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(call("aten::__getitem__", {{"list", *found}, {"idx", {static_cast<std::int64_t>(i)}}}));
  return out;
}

Arg Composer::atom(const Expr::Atom& atom) {
  if (atom.kind != Expr::Kind::symbol) {
    const char* target = atom.kind == Expr::Kind::floor_div ? "operator::floordiv"
                         : atom.kind == Expr::Kind::mod     ? "operator::mod"
                         : atom.kind == Expr::Kind::max     ? "operator::sym_max"
                                                            : "operator::sym_min";
    return call(target, {{"a", size(atom.arguments[0])}, {"b", size(atom.arguments[1])}});
  }
  const auto origin = types_.origins.find(atom.name);
  if (origin == types_.origins.end()) {
    fail("the size '" + atom.name + "' cannot be read from any value");
    return {std::int64_t{1}};
  }
  const Arg value{Ref{origin->second.value}};
  if (origin->second.axis < 0) return call("aten::Int", {{"a", value}});
  return call("aten::size", {{"self", value}, {"dim", {static_cast<std::int64_t>(origin->second.axis)}}});
}

Arg Composer::size(const Expr& wanted) {
  if (const auto constant = wanted.constant()) return {*constant};
  Arg total;
  for (const Expr::Term& term : wanted.terms()) {
    Arg product{term.coefficient};
    for (const auto& factor : term.atoms) {
      const Arg next = atom(*factor);
      const auto* one = product.get<std::int64_t>();
      product = one != nullptr && *one == 1 ? next : call("operator::mul", {{"a", product}, {"b", next}});
    }
    total = total.is_none() ? product : call("operator::add", {{"a", total}, {"b", product}});
  }
  return total;
}

Arg Composer::sizes(const Shape& shape) {
  ArgList list;
  for (const Expr& one : shape) list.push_back(size(one));
  return {std::move(list)};
}

void Composer::result(const Arg& value, std::size_t output) {
  if (output >= op_.outputs.size()) return;
  Op op;
  op.target = value.is_none() ? "prim::Constant" : "aten::alias";
  if (!value.is_none()) op.args = {{"self", value}};
  op.outputs = {op_.outputs[output]};
  emit(std::move(op));
}

void Composer::result_list(std::vector<Arg> values) {
  if (op_.outputs.size() != 1) {
    for (std::size_t i = 0; i < values.size(); ++i) result(values[i], i);
    return;
  }
  Op op;
  op.target = "prim::ListConstruct";
  for (auto& value : values) op.args.push_back({"item", std::move(value)});
  op.outputs = op_.outputs;
  emit(std::move(op));
}

namespace {
std::unordered_map<std::string_view, const Decomposition*> build() {
  std::unordered_map<std::string_view, const Decomposition*> out;
  for (const DecompositionTable& table :
       {view_decompositions(), arithmetic_decompositions(), reduce_decompositions(), index_decompositions(),
        layer_decompositions(), loss_decompositions(), fourier_decompositions()})
    for (std::size_t i = 0; i < table.size; ++i) out[table.rows[i].target] = &table.rows[i];
  return out;
}

Diagnostic placed(const Graph& graph, const Op& op, Diagnostic problem) {
  const std::string& path = graph.modules[graph.calls[op.call].module].path;
  problem.where.field = path.empty() ? "(root)" : path;
  if (op.source < graph.sources.size()) problem.where.field += " (" + graph.sources[op.source] + ")";
  return problem;
}
}  // namespace

const Decomposition* find_decomposition(std::string_view target) {
  static const auto rows = build();
  const auto found = rows.find(target);
  return found == rows.end() ? nullptr : found->second;
}

void decompose(Graph& graph, Types types, Diagnostics& problems) {
  if (std::none_of(graph.ops.begin(), graph.ops.end(),
                   [](const Op& op) { return find_decomposition(op.target) != nullptr; }))
    return;
  types.of.resize(graph.values.size());
  const std::vector<Op> before = std::move(graph.ops);
  std::vector<Op> after;
  for (const Op& op : before) {
    const Decomposition* row = find_decomposition(op.target);
    OpReader reader(graph, types, op);
    if (!reader.operands_known()) {
      // infer() will report where they come from; a composite would only be reported as well.
      if (row == nullptr) after.push_back(op);
      continue;
    }
    if (row == nullptr || (row->applies != nullptr && !row->applies(reader))) {
      Infer context(graph, types, op);
      if (const InferRule* rule = find_infer_rule(op.target)) rule->infer(context);
      after.push_back(op);
      continue;
    }
    Composer composer(graph, types, op, after);
    row->compose(composer);
    if (composer.error()) problems.push_back(placed(graph, op, *composer.error()));
    if (problems.size() > 20) break;
  }
  graph.ops = std::move(after);
}

}  // namespace modelexport::aten
