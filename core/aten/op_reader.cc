#include "aten/op_reader.h"

#include <algorithm>

namespace modelexport::aten {
namespace {
const Type& unknown_type() {
  static const Type type = Type::tensor(DType::undefined, {});
  return type;
}
}  // namespace

Expr Types::fresh(ValueId value, std::int32_t axis) {
  const std::string name = "u" + std::to_string(unnamed++);
  origins[name] = {value, axis};
  return Expr::symbol(name);
}

void OpReader::fail(std::string message, std::string hint) {
  if (error_) return;
  std::string name = op_.target;
  if (!op_.overload.empty()) name += "." + op_.overload;
  error_ = Diagnostic{ErrorCode::exp_unsupported_form,
                      Severity::error,
                      name + ": " + std::move(message),
                      {},
                      std::move(hint)};
}

const Arg* OpReader::arg(std::string_view name) const { return op_.find(name); }

bool OpReader::given(std::string_view name) const {
  const Arg* found = op_.find(name);
  if (found == nullptr) {
    const auto otherwise = schema_default(op_.target, op_.overload, name);
    return otherwise && !otherwise->is_none();
  }
  if (found->is_none()) return false;
  if (const Ref* ref = found->get<Ref>()) return types_.of[ref->value].kind != Type::Kind::none;
  return true;
}

Type OpReader::type_of(const Arg& arg) const {
  if (const Ref* ref = arg.get<Ref>()) return types_.of[ref->value];
  if (const auto* i = arg.get<std::int64_t>()) return Type::number(DType::int64, Expr(*i));
  if (const auto* b = arg.get<bool>()) return Type::number(DType::boolean, Expr(*b ? 1 : 0));
  if (const auto* d = arg.get<double>()) return Type::number(DType::float64, *d);
  if (const auto* d = arg.get<DType>()) return Type::number(DType::int64, Expr(static_cast<int>(*d)));
  if (const auto* list = arg.get<ArgList>()) {
    std::vector<Type> items;
    items.reserve(list->size());
    for (const Arg& item : *list) items.push_back(type_of(item));
    return Type::list(std::move(items));
  }
  if (arg.get<std::string>() != nullptr) {
    Type text;
    text.kind = Type::Kind::text;
    return text;
  }
  return Type::none();
}

const Type& OpReader::type(std::string_view name) {
  if (const Arg* found = op_.find(name)) {
    if (const Ref* ref = found->get<Ref>()) return types_.of[ref->value];
    auto [at, fresh] = constants_.try_emplace(std::string(name));
    if (fresh) at->second = type_of(*found);
    return at->second;
  }
  if (auto otherwise = schema_default(op_.target, op_.overload, name)) {
    auto [at, fresh] = constants_.try_emplace(std::string(name));
    if (fresh) at->second = type_of(*otherwise);
    return at->second;
  }
  fail("argument '" + std::string(name) + "' is missing");
  return unknown_type();
}

Expr OpReader::integer(std::string_view name) {
  if (auto value = type(name).integer()) return *value;
  if (auto number = type(name).real()) return static_cast<std::int64_t>(*number);
  fail("argument '" + std::string(name) + "' is not an integer known before the graph runs");
  return 0;
}
Expr OpReader::integer(std::string_view name, std::int64_t otherwise) {
  return given(name) ? integer(name) : Expr(otherwise);
}

std::int64_t OpReader::static_int(std::string_view name) {
  const Expr value = integer(name);
  if (auto constant = value.constant()) return *constant;
  fail("argument '" + std::string(name) + "' must be a constant, not " + value.to_string());
  return 0;
}
std::int64_t OpReader::static_int(std::string_view name, std::int64_t otherwise) {
  return given(name) ? static_int(name) : otherwise;
}

std::vector<Expr> OpReader::integers(std::string_view name) {
  const Type& list = type(name);
  std::vector<Expr> out;
  if (list.kind == Type::Kind::list) {
    for (const Type& item : list.items) {
      if (auto value = item.integer()) {
        out.push_back(*value);
      } else {
        fail("argument '" + std::string(name) + "' holds a size that is not known before the graph runs");
        return {};
      }
    }
    return out;
  }
  if (list.content) {  // an int[] that was a tensor of sizes
    for (const Element& element : *list.content)
      out.push_back(std::holds_alternative<Expr>(element)
                        ? std::get<Expr>(element)
                        : Expr(static_cast<std::int64_t>(std::get<double>(element))));
    return out;
  }
  fail("argument '" + std::string(name) + "' is not a list of integers known before the graph runs");
  return out;
}

std::vector<std::int64_t> OpReader::static_ints(std::string_view name) {
  std::vector<std::int64_t> out;
  for (const Expr& value : integers(name)) {
    if (auto constant = value.constant()) {
      out.push_back(*constant);
    } else {
      fail("argument '" + std::string(name) + "' must hold constants, not " + value.to_string());
      return {};
    }
  }
  return out;
}

double OpReader::real(std::string_view name) {
  if (auto value = type(name).real()) return *value;
  fail("argument '" + std::string(name) + "' is not a constant number");
  return 0;
}
double OpReader::real(std::string_view name, double otherwise) {
  return given(name) ? real(name) : otherwise;
}

bool OpReader::flag(std::string_view name, bool otherwise) {
  if (!given(name)) return otherwise;
  return real(name) != 0;
}

std::string OpReader::text(std::string_view name, std::string otherwise) {
  const Arg* found = op_.find(name);
  std::optional<Arg> fallback;
  if (found == nullptr && (fallback = schema_default(op_.target, op_.overload, name))) found = &*fallback;
  if (found != nullptr)
    if (const auto* value = found->get<std::string>()) return *value;
  return otherwise;
}

std::optional<DType> OpReader::dtype(std::string_view name) {
  const Arg* found = op_.find(name);
  if (found == nullptr || found->is_none()) return std::nullopt;
  if (const auto* value = found->get<DType>()) return *value;
  // prim::dtype results: the number of a DType, as type_of() makes it.
  if (const Ref* ref = found->get<Ref>()) {
    if (types_.of[ref->value].kind == Type::Kind::none) return std::nullopt;
    if (auto number = types_.of[ref->value].real()) return static_cast<DType>(static_cast<int>(*number));
  }
  fail("argument '" + std::string(name) + "' is not a dtype");
  return std::nullopt;
}

std::vector<Type> OpReader::types(std::string_view name) {
  const Type& list = type(name);
  if (list.kind == Type::Kind::list) return list.items;
  fail("argument '" + std::string(name) + "' is not a list of tensors");
  return {};
}

namespace {
bool is_typed(const Types& types, const Arg& arg) {
  if (const auto* ref = arg.get<Ref>()) return types.of[ref->value].kind != Type::Kind::unknown;
  const auto* list = arg.get<ArgList>();
  return list == nullptr ||
         std::all_of(list->begin(), list->end(), [&](const Arg& item) { return is_typed(types, item); });
}
}  // namespace

bool OpReader::operands_known() const {
  return std::all_of(op_.args.begin(), op_.args.end(),
                     [&](const NamedArg& arg) { return is_typed(types_, arg.value); });
}

std::int64_t OpReader::wrap(std::int64_t dim, std::int64_t rank) {
  const std::int64_t span = rank == 0 ? 1 : rank;
  if (dim < -span || dim >= span) {
    fail("dimension " + std::to_string(dim) + " is out of range for rank " + std::to_string(rank));
    return 0;
  }
  return dim < 0 ? dim + span : dim;
}
std::int64_t OpReader::dim(std::string_view name, std::int64_t rank) { return wrap(static_int(name), rank); }
std::vector<std::int64_t> OpReader::dims(std::string_view name, std::int64_t rank) {
  std::vector<std::int64_t> out = static_ints(name);
  for (auto& d : out) d = wrap(d, rank);
  return out;
}

}  // namespace modelexport::aten
