#include "aten/infer.h"

#include <cstring>

#include "aten/decompose.h"
#include "aten/problems.h"

namespace modelexport::aten {

void Infer::set(Type type, std::size_t output) {
  if (output < op_.outputs.size()) types_.of[op_.outputs[output]] = std::move(type);
}

void Infer::set_list(std::vector<Type> items) {
  if (op_.outputs.size() == 1) {
    // One output is a list value, unless the list has one element and the archive already unpacked it.
    set(Type::list(std::move(items)));
    return;
  }
  for (std::size_t i = 0; i < op_.outputs.size() && i < items.size(); ++i) set(std::move(items[i]), i);
}

Expr Infer::fresh(std::size_t output, std::int32_t axis) {
  return types_.fresh(output < op_.outputs.size() ? op_.outputs[output] : kNoValue, axis);
}

SymbolOrigin* Infer::origin(const std::string& symbol) {
  const auto found = types_.origins.find(symbol);
  return found == types_.origins.end() ? nullptr : &found->second;
}

bool Infer::infer_block(const Block& block) {
  Diagnostics problems;
  infer_ops(graph_, types_, block.ops, problems);
  if (problems.empty()) return true;
  fail("in its block: " + problems.front().message, problems.front().hint);
  return false;
}

Expr numel(const Shape& shape) { return product(shape); }

namespace {

void collect_unknown(const std::vector<Op>& ops, std::map<std::string, std::vector<const Op*>>& out) {
  for (const Op& op : ops) {
    if (find_infer_rule(op.target) == nullptr && find_decomposition(op.target) == nullptr)
      out[op.target].push_back(&op);
    // Blocks are checked when they are inferred: a branch that is never taken may hold anything.
  }
}

/// Decodes a small constant's elements; integers and bools as Expr, floats as double.
std::optional<std::vector<Element>> decode(const Tensor& t, const Bytes& bytes) {
  std::vector<Element> out;
  const std::size_t width = dtype_bytes(t.dtype);
  for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
    const std::byte* p = bytes.data() + at;
    const auto as = [&](auto value) {
      std::memcpy(&value, p, sizeof value);
      return value;
    };
    switch (t.dtype) {
      case DType::int64:
        out.emplace_back(Expr(as(std::int64_t{})));
        break;
      case DType::int32:
        out.emplace_back(Expr(static_cast<std::int64_t>(as(std::int32_t{}))));
        break;
      case DType::int16:
        out.emplace_back(Expr(static_cast<std::int64_t>(as(std::int16_t{}))));
        break;
      case DType::int8:
        out.emplace_back(Expr(static_cast<std::int64_t>(as(std::int8_t{}))));
        break;
      case DType::uint8:
        out.emplace_back(Expr(static_cast<std::int64_t>(as(std::uint8_t{}))));
        break;
      case DType::boolean:
        out.emplace_back(Expr(as(std::uint8_t{}) != 0 ? 1 : 0));
        break;
      case DType::float64:
        out.emplace_back(as(double{}));
        break;
      case DType::float32:
        out.emplace_back(static_cast<double>(as(float{})));
        break;
      default:
        return std::nullopt;
    }
  }
  return out;
}

}  // namespace

void type_tensors(const Graph& graph, Types& types,
                  const std::function<std::optional<Bytes>(const Tensor&)>& read_small) {
  types.of.resize(graph.values.size());
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    if (!graph.values[id].tensor) continue;
    const Tensor& t = graph.tensors[*graph.values[id].tensor];
    Type type = Type::tensor(t.dtype, Shape(t.sizes.begin(), t.sizes.end()));
    std::uint64_t count = 1;
    for (std::int64_t size : t.sizes) count *= static_cast<std::uint64_t>(size);
    // Content of parameters stays out: weights are never constants of the program.
    if (t.kind != TensorKind::parameter &&
        (is_integral(t.dtype) || t.dtype == DType::boolean ? count <= Type::kMaxContent : count == 1)) {
      if (auto bytes = read_small(t)) type.content = decode(t, *bytes);
    }
    type.wrapped = t.kind == TensorKind::constant && t.sizes.empty() &&
                   (t.dtype == DType::float64 || t.dtype == DType::int64);
    types.of[id] = std::move(type);
  }
}

void infer_ops(const Graph& graph, Types& types, const std::vector<Op>& ops, Diagnostics& problems) {
  for (const Op& op : ops) {
    Infer context(graph, types, op);
    if (!problems.empty() && !context.operands_known()) continue;  // follows from an earlier problem
    if (const InferRule* rule = find_infer_rule(op.target))
      rule->infer(context);
    else
      context.fail("is not supported");
    if (!context.error()) continue;
    Diagnostic d = *context.error();
    d.where.field = place_of(graph, op);
    problems.push_back(std::move(d));
    if (problems.size() > 20) return;  // later errors follow from the first ones
  }
}

Result<void> infer(const Graph& graph, Types& types, Diagnostics& problems) {
  types.of.resize(graph.values.size());
  std::map<std::string, std::vector<const Op*>> unknown;
  collect_unknown(graph.ops, unknown);
  for (const auto& [target, uses] : unknown) problems.push_back(unsupported(graph, target, uses));
  if (problems.empty()) infer_ops(graph, types, graph.ops, problems);
  if (!problems.empty()) return fail(problems.front());
  return {};
}

}  // namespace modelexport::aten
