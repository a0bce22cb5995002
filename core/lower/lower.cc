#include "lower/lower.h"

#include <algorithm>

#include "aten/problems.h"
#include "lower/families.h"

namespace modelexport::lower {

using aten::Arg;
using aten::ArgList;
using aten::Ref;
using aten::Type;

std::string Lower::value(const Arg& arg, DType dtype) {
  const Type type = type_of(arg);
  const DType want = dtype == DType::undefined ? type.dtype : dtype;
  // Known elements are made in the wanted dtype: no Cast of a constant.
  if (type.content && (type.kind == Type::Kind::number || type.wrapped)) {
    Type scalar_type = type;
    scalar_type.shape.clear();
    return b.content(scalar_type, want);
  }
  if (const Ref* ref = arg.get<Ref>()) {
    const bool stored_tensor = graph_.values[ref->value].tensor.has_value();
    if (type.content && !stored_tensor) return b.content(type, want);
    const std::string name = b.name_of(ref->value);
    if (name.empty()) {
      fail("a value that it needs ('" + graph_.values[ref->value].name + "') could not be lowered");
      return "";
    }
    return cast(name, type.dtype, want);
  }
  fail("an argument is no tensor or number");
  return "";
}

std::string Lower::tensor(std::string_view name) { return tensor(name, DType::undefined); }

std::string Lower::tensor(std::string_view name, DType dtype) {
  if (const Arg* found = op_.find(name)) return value(*found, dtype);
  if (auto otherwise = aten::schema_default(op_.target, op_.overload, name)) return value(*otherwise, dtype);
  fail("argument '" + std::string(name) + "' is missing");
  return "";
}

std::vector<std::string> Lower::tensors(std::string_view name, DType dtype) {
  std::vector<std::string> out;
  const Arg* found = op_.find(name);
  if (found != nullptr) {
    if (const ArgList* list = found->get<ArgList>()) {
      for (const Arg& item : *list) out.push_back(value(item, dtype));
      return out;
    }
    if (const Ref* ref = found->get<Ref>()) {
      if (const auto* names = b.list_of(ref->value)) {
        const auto& items = types_.of[ref->value].items;
        for (std::size_t i = 0; i < names->size(); ++i)
          out.push_back(dtype == DType::undefined || i >= items.size()
                            ? (*names)[i]
                            : cast((*names)[i], items[i].dtype, dtype));
        return out;
      }
    }
  }
  fail("argument '" + std::string(name) + "' is not a list of tensors");
  return out;
}

std::optional<std::uint32_t> Lower::stored(std::string_view name) const {
  const Arg* found = op_.find(name);
  const Ref* ref = found != nullptr ? found->get<Ref>() : nullptr;
  if (ref == nullptr) return std::nullopt;
  return graph_.values[ref->value].tensor;
}

void Lower::set_list(std::vector<std::string> names) {
  if (op_.outputs.size() == 1) {
    b.bind_list(op_.outputs[0], std::move(names));
    return;
  }
  for (std::size_t i = 0; i < names.size() && i < op_.outputs.size(); ++i)
    b.bind(op_.outputs[i], std::move(names[i]));
}

std::string Lower::cast(const std::string& value, DType from, DType to) {
  if (from == to || to == DType::undefined || value.empty()) return value;
  return emit("Cast", {value}, {attr("to", static_cast<std::int64_t>(to))});
}

std::string Lower::reshape(const std::string& value, const Shape& from, const Shape& to) {
  if (from == to) return value;
  if (const auto* before = b.reshape_source(value)) {
    const auto [source, shape] = *before;
    return reshape(source, shape, to);
  }
  std::string out = reshape_node(value, from, to);
  b.note_reshape(out, value, from);
  return out;
}

std::string Lower::reshape_node(const std::string& value, const Shape& from, const Shape& to) {
  // Constants where possible: 0 keeps a leading dimension, one -1 stands for the rest.
  std::vector<std::int64_t> target;
  std::vector<std::size_t> open;
  bool zero_size = false;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (auto size = to[i].constant()) {
      zero_size = zero_size || *size == 0;
      target.push_back(*size);
    } else if (i < from.size() && from[i] == to[i]) {
      target.push_back(0);
    } else {
      open.push_back(i);
      target.push_back(-1);
    }
  }
  // A kept 0 is only right without allowzero, a real 0 only with it; -1 is undecided when a size is 0.
  if (open.size() <= 1 && !zero_size) return emit("Reshape", {value, ints(target)});
  if (!zero_size) {
    // Only one open dimension may be inferred; the others are computed.
    Shape sizes;
    for (std::size_t i = 0; i < to.size(); ++i) {
      const bool is_open = std::find(open.begin(), open.end(), i) != open.end();
      sizes.push_back(!is_open ? Expr(target[i]) : i == open.back() ? Expr(-1) : to[i]);
    }
    return emit("Reshape", {value, b.sizes(sizes)});
  }
  return emit("Reshape", {value, b.sizes(to)}, {attr("allowzero", std::int64_t{1})});
}

std::string Lower::expand(const std::string& value, const Shape& from, const Shape& to) {
  if (from == to) return value;
  // ONNX Expand broadcasts both ways: a dimension that stays can be 1.
  Shape sizes = to;
  const std::size_t shift = to.size() - from.size();
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i] == to[shift + i]) sizes[shift + i] = 1;
  return emit("Expand", {value, b.sizes(sizes)});
}

std::string Lower::transpose(const std::string& value, const std::vector<std::int64_t>& perm) {
  const onnx::Node* before = b.producer(value);
  if (before != nullptr && before->op_type == "Transpose" && before->attributes.size() == 1) {
    if (const auto* first = std::get_if<std::vector<std::int64_t>>(&before->attributes[0].value);
        first != nullptr && first->size() == perm.size()) {
      std::vector<std::int64_t> both;
      for (std::int64_t p : perm) both.push_back((*first)[static_cast<std::size_t>(p)]);
      return transpose(std::string(before->inputs[0]), both);
    }
  }
  for (std::size_t i = 0; i < perm.size(); ++i)
    if (perm[i] != static_cast<std::int64_t>(i)) return emit("Transpose", {value}, {attr("perm", perm)});
  return value;
}

namespace {
/// Axes of one Unsqueeze that does what `first` and then `second` do.
std::optional<std::vector<std::int64_t>> joined_axes(const std::vector<std::int64_t>& first,
                                                     const std::vector<std::int64_t>& second) {
  const auto negative = [](std::int64_t a) { return a < 0; };
  if (std::any_of(first.begin(), first.end(), negative) ||
      std::any_of(second.begin(), second.end(), negative))
    return std::nullopt;
  std::vector<std::int64_t> out = second;
  for (const std::int64_t axis : first) {
    // The axis-th place that the second step does not fill.
    std::int64_t place = -1;
    for (std::int64_t open = -1; open < axis;) {
      ++place;
      if (std::find(second.begin(), second.end(), place) == second.end()) ++open;
    }
    out.push_back(place);
  }
  std::sort(out.begin(), out.end());
  return out;
}
}  // namespace

std::string Lower::unsqueeze(const std::string& value, const std::vector<std::int64_t>& axes) {
  if (axes.empty()) return value;
  const onnx::Node* before = b.producer(value);
  // Those of a graph input stay two nodes: attention fusions know masks by them.
  if (before != nullptr && before->op_type == "Unsqueeze" && before->inputs[0].starts_with('%')) {
    if (const auto first = b.constant_ints(before->inputs[1]))
      if (const auto both = joined_axes(*first, axes))
        return emit("Unsqueeze", {std::string(before->inputs[0]), ints(*both)});
  }
  return emit("Unsqueeze", {value, ints(axes)});
}
std::string Lower::squeeze(const std::string& value, const std::vector<std::int64_t>& axes) {
  return axes.empty() ? value : emit("Squeeze", {value, ints(axes)});
}

std::string Lower::reduce(const std::string& op_type, const std::string& value,
                          const std::vector<std::int64_t>& axes, bool keepdims) {
  const std::int64_t keep = keepdims ? 1 : 0;
  // ReduceSum takes axes as an input since opset 13, the others since 18.
  if (op_type == "ReduceSum" || b.opset() >= 18) {
    std::vector<std::string> inputs = {value};
    if (!axes.empty()) inputs.push_back(ints(axes));
    return emit(op_type, inputs, {attr("keepdims", keep)});
  }
  Attributes attributes = {attr("keepdims", keep)};
  if (!axes.empty()) attributes.push_back(attr("axes", axes));
  return emit(op_type, {value}, attributes);
}

std::string Lower::slice(const std::string& value, const Expr& start, const Expr& end, std::int64_t axis,
                         std::int64_t step) {
  return emit("Slice", {value, b.size1(start), b.size1(end), ints({axis}), ints({step})});
}

namespace {
bool all_known(const aten::Types& types, const aten::Op& op) {
  return !op.outputs.empty() && std::all_of(op.outputs.begin(), op.outputs.end(), [&](ValueId id) {
    const Type& type = types.of[id];
    if (type.kind == Type::Kind::none || type.kind == Type::Kind::text) return true;
    if (type.kind == Type::Kind::list)
      return !type.items.empty() && std::all_of(type.items.begin(), type.items.end(),
                                                [](const Type& item) { return item.content.has_value(); });
    return type.content.has_value();
  });
}
}  // namespace

namespace {
bool has_complex_operand(const aten::Types& types, const aten::Op& op) {
  return std::any_of(op.args.begin(), op.args.end(), [&](const aten::NamedArg& arg) {
    const auto is = [&](const Arg& a) {
      const Ref* ref = a.get<Ref>();
      return ref != nullptr && is_complex(types.of[ref->value].dtype);
    };
    const ArgList* list = arg.value.get<ArgList>();
    return is(arg.value) || (list != nullptr && std::any_of(list->begin(), list->end(), is));
  });
}

/// Results of an operator that has been reported: names without a node, so that what follows is lowered as
/// well and its own problems are found. The graph is never finished.
void stand_in(Builder& builder, const aten::Op& op) {
  for (const ValueId id : op.outputs) {
    builder.bind(id, builder.new_value());
    std::vector<std::string> items(builder.types().of[id].items.size());
    for (std::string& item : items) item = builder.new_value();
    builder.bind_list(id, std::move(items));
  }
}

constexpr std::size_t kProblems = 1000;  ///< of a hostile program with a million operators

}  // namespace

void lower_ops(Builder& builder, const std::vector<aten::Op>& ops, Diagnostics& problems) {
  for (const aten::Op& op : ops) {
    if (op.blocks.empty() && all_known(builder.types(), op)) continue;
    builder.set_call(op.call);
    Lower context(builder, op);
    const bool pairs = has_complex_operand(builder.types(), op);
    const LowerRule* rule = pairs ? find_complex_rule(op.target) : find_lower_rule(op.target);
    if (rule == nullptr) {
      context.fail(pairs ? "is not supported for complex numbers" : "is not supported");
    } else {
      rule->lower(context);
    }
    if (const auto size = builder.take_unreadable())
      context.fail("the size '" + *size + "' cannot be read from any value");
    if (!context.error()) continue;
    Diagnostic d = *context.error();
    d.where.field = aten::place_of(builder.graph(), op);
    problems.push_back(std::move(d));
    if (problems.size() >= kProblems) return;
    stand_in(builder, op);
  }
}

}  // namespace modelexport::lower
