// Numbers that only the data decides. Known ones are never lowered (aten/infer/scalar.cc).
#include "aten/infer/content.h"
#include "lower/families.h"

namespace modelexport::lower {
namespace {

using aten::Ref;
using aten::Type;

const aten::Arg& argument(const Lower& l, std::size_t i) { return l.op().args[i].value; }

/// A one-element tensor as a number of the result's dtype.
void lower_number(Lower& l) {
  const Type self = aten::operand(l, 0);
  std::string value = l.value(argument(l, 0), l.result().dtype);
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 0; i < self.rank(); ++i) axes.push_back(i);
  l.set(l.squeeze(value, axes));
}

void lower_to_tensor(Lower& l) { l.set(l.value(argument(l, 0), l.result().dtype)); }

std::string item(Lower& l, std::size_t i) {
  const aten::Arg& list = argument(l, 0);
  if (const auto* items = list.get<aten::ArgList>())
    return i < items->size() ? l.value((*items)[i], DType::undefined) : std::string();
  const auto* names = l.b.list_of(list.get<Ref>()->value);
  return names != nullptr && i < names->size() ? (*names)[i] : std::string();
}

void lower_unpack(Lower& l) {
  for (std::size_t i = 0; i < l.op().outputs.size(); ++i) {
    const Type& type = l.result(i);
    if (type.content || type.kind == Type::Kind::none) continue;
    if (std::string name = item(l, i); !name.empty())
      l.set(std::move(name), i);
    else
      l.fail("an element of the list could not be lowered");
  }
}

void lower_getitem(Lower& l) {
  const auto list = aten::operand(l, 0);
  const std::int64_t index = aten::operand(l, 1).integer().value_or(0).constant().value_or(0);
  const auto at =
      static_cast<std::size_t>(index < 0 ? index + static_cast<std::int64_t>(list.items.size()) : index);
  if (std::string name = item(l, at); !name.empty())
    l.set(std::move(name));
  else
    l.fail("an element of the list could not be lowered");
}

void lower_list(Lower& l) {
  std::vector<std::string> names;
  for (const auto& arg : l.op().args) names.push_back(l.value(arg.value, DType::undefined));
  l.b.bind_list(l.op().outputs[0], std::move(names));
}

/// Lists of sizes: each known element has a name on demand, so there is nothing to do.
void lower_nothing(Lower&) {}

template <aten::Compare kind>
void lower_python_compare(Lower& l) {
  const Type a = aten::operand(l, 0);
  const Type b = aten::operand(l, 1);
  const DType dtype = aten::arithmetic_type({&a, &b});
  const std::string x = l.value(argument(l, 0), dtype);
  const std::string y = l.value(argument(l, 1), dtype);
  switch (kind) {
    case aten::Compare::eq:
      return l.set(l.emit("Equal", {x, y}));
    case aten::Compare::ne:
      return l.set(l.emit("Not", {l.emit("Equal", {x, y})}));
    case aten::Compare::lt:
      return l.set(l.emit("Less", {x, y}));
    case aten::Compare::le:
      return l.set(l.emit("LessOrEqual", {x, y}));
    case aten::Compare::gt:
      return l.set(l.emit("Greater", {x, y}));
    case aten::Compare::ge:
      return l.set(l.emit("GreaterOrEqual", {x, y}));
  }
}

void lower_python_not(Lower& l) { l.set(l.emit("Not", {l.value(argument(l, 0), DType::boolean)})); }
void lower_python_and(Lower& l) {
  l.set(l.emit("And", {l.value(argument(l, 0), DType::boolean), l.value(argument(l, 1), DType::boolean)}));
}
void lower_python_or(Lower& l) {
  l.set(l.emit("Or", {l.value(argument(l, 0), DType::boolean), l.value(argument(l, 1), DType::boolean)}));
}
void lower_sqrt(Lower& l) { l.set(l.emit("Sqrt", {l.value(argument(l, 0), DType::float64)})); }

constexpr LowerRule kRules[] = {
    {"aten::size", lower_nothing},
    {"prim::NumToTensor", lower_to_tensor},
    {"aten::Int", lower_number},
    {"aten::IntImplicit", lower_number},
    {"aten::Float", lower_number},
    {"aten::FloatImplicit", lower_number},
    {"operator::sym_float", lower_number},
    {"aten::Bool", lower_number},
    {"aten::ScalarImplicit", lower_number},
    {"aten::item", lower_number},
    {"aten::_local_scalar_dense", lower_number},
    {"prim::ListUnpack", lower_unpack},
    {"aten::__getitem__", lower_getitem},
    {"operator::getitem", lower_getitem},
    {"prim::ListConstruct", lower_list},
    {"prim::Constant", lower_nothing},
    {"operator::eq", lower_python_compare<aten::Compare::eq>},
    {"operator::ne", lower_python_compare<aten::Compare::ne>},
    {"operator::lt", lower_python_compare<aten::Compare::lt>},
    {"operator::le", lower_python_compare<aten::Compare::le>},
    {"operator::gt", lower_python_compare<aten::Compare::gt>},
    {"operator::ge", lower_python_compare<aten::Compare::ge>},
    {"operator::not_", lower_python_not},
    {"operator::not", lower_python_not},
    {"operator::sym_not", lower_python_not},
    {"aten::__not__", lower_python_not},
    {"operator::and_", lower_python_and},
    {"operator::and", lower_python_and},
    {"operator::or_", lower_python_or},
    {"operator::or", lower_python_or},
    {"operator::sym_sqrt", lower_sqrt},
    {"math::sqrt", lower_sqrt},
    {"prim::device", lower_nothing},
    {"aten::_assert_async", lower_nothing},
    {"aten::_assert_scalar", lower_nothing},
    {"aten::_assert_tensor_metadata", lower_nothing},
    {"aten::sym_constrain_range", lower_nothing},
    {"aten::sym_constrain_range_for_size", lower_nothing},
    {"aten::warn", lower_nothing},
};
}  // namespace

RuleTable scalar_rules() { return {kRules, std::size(kRules)}; }

}  // namespace modelexport::lower
