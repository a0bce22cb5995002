#include "lower/alias_views.h"

#include <algorithm>
#include <iterator>

namespace modelexport::lower {

using aten::Arg;
using aten::ArgList;
using aten::Op;
using aten::Ref;
using aten::ValueId;

namespace {

struct Row {
  std::string_view target;
  ViewKind kind;
};
constexpr Row kViews[] = {
    {"aten::detach", ViewKind::same},           {"aten::alias", ViewKind::same},
    {"aten::lift_fresh", ViewKind::same},       {"aten::contiguous", ViewKind::same},
    {"aten::requires_grad", ViewKind::same},    {"aten::positive", ViewKind::same},
    {"aten::view", ViewKind::reshaped},         {"aten::_unsafe_view", ViewKind::reshaped},
    {"aten::reshape", ViewKind::reshaped},      {"aten::reshape_as", ViewKind::reshaped},
    {"aten::view_as", ViewKind::reshaped},      {"aten::flatten", ViewKind::reshaped},
    {"aten::unflatten", ViewKind::reshaped},    {"aten::_reshape_alias", ViewKind::reshaped},
    {"aten::squeeze", ViewKind::reshaped},      {"aten::unsqueeze", ViewKind::reshaped},
    {"aten::expand", ViewKind::reshaped},       {"aten::expand_as", ViewKind::reshaped},
    {"aten::broadcast_to", ViewKind::reshaped}, {"aten::ravel", ViewKind::reshaped},
    {"aten::transpose", ViewKind::moved},       {"aten::swapaxes", ViewKind::moved},
    {"aten::swapdims", ViewKind::moved},        {"aten::t", ViewKind::moved},
    {"aten::numpy_T", ViewKind::moved},         {"aten::mT", ViewKind::moved},
    {"aten::permute", ViewKind::moved},         {"aten::movedim", ViewKind::moved},
    {"aten::moveaxis", ViewKind::moved},        {"aten::view_as_real", ViewKind::moved},
    {"aten::view_as_complex", ViewKind::moved}, {"aten::slice", ViewKind::slice},
    {"aten::narrow", ViewKind::slice},          {"aten::select", ViewKind::select},
    {"aten::diagonal", ViewKind::diagonal},     {"aten::unbind", ViewKind::parts},
    {"aten::split", ViewKind::parts},           {"aten::split_with_sizes", ViewKind::parts},
    {"aten::chunk", ViewKind::parts},           {"aten::tensor_split", ViewKind::parts},
    {"aten::unfold", ViewKind::opaque},         {"aten::as_strided", ViewKind::opaque},
    {"aten::real", ViewKind::opaque},           {"aten::imag", ViewKind::opaque},
};

bool in(std::string_view target, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), target) != names.end();
}

std::optional<std::int64_t> constant(const Op& op, std::string_view name) {
  const Arg* arg = op.find(name);
  if (arg == nullptr) return std::nullopt;
  const auto* value = arg->get<std::int64_t>();
  return value == nullptr ? std::nullopt : std::optional<std::int64_t>(*value);
}

bool is_off(const Op& op, std::string_view name) {
  const Arg* arg = op.find(name);
  const bool* flag = arg == nullptr ? nullptr : arg->get<bool>();
  return flag != nullptr && !*flag;
}

bool is_whole_slice(const Op& op) {
  if (op.target != "aten::slice") return false;
  const auto absent = [&](std::string_view name) {
    const Arg* a = op.find(name);
    return a == nullptr || a->is_none();
  };
  const bool start = absent("start") || constant(op, "start") == 0;
  const bool end = absent("end") || constant(op, "end").value_or(0) >= INT64_MAX;
  return start && end && (absent("step") || constant(op, "step") == 1);
}

Op make(std::string target, std::vector<aten::NamedArg> args) {
  Op out;
  out.target = std::move(target);
  out.args = std::move(args);
  return out;
}
Arg ref(ValueId value) { return {Ref{value}}; }

/// a + b or a * b of constants or sizes.
Arg combine(const Emitter& emitter, const char* target, const Arg& a, const Arg& b, bool multiply) {
  const auto* x = a.get<std::int64_t>();
  const auto* y = b.get<std::int64_t>();
  std::int64_t value = 0;
  if (x != nullptr && y != nullptr &&
      !(multiply ? __builtin_mul_overflow(*x, *y, &value) : __builtin_add_overflow(*x, *y, &value)))
    return {value};
  return ref(emitter.emit(make(target, {{"a", a}, {"b", b}})));
}
Arg sum(const Emitter& e, const Arg& a, const Arg& b) { return combine(e, "operator::add", a, b, false); }
Arg times(const Emitter& e, const Arg& a, std::int64_t b) {
  return combine(e, "operator::mul", a, {b}, true);
}

Arg dim_of(const Op& view) {
  const Arg* dim = view.find("dim");
  return dim == nullptr ? Arg{std::int64_t{0}} : *dim;
}

ValueId scatter_slice(const Emitter& emitter, ValueId parent, ValueId changed, Arg dim, Arg start, Arg end) {
  return emitter.emit(make("aten::slice_scatter", {{"self", ref(parent)},
                                                   {"src", ref(changed)},
                                                   {"dim", std::move(dim)},
                                                   {"start", std::move(start)},
                                                   {"end", std::move(end)}}));
}

/// The view's own arguments after the tensor, for the scatter operator of the same name.
ValueId scatter_same(const Emitter& emitter, const char* target, const Op& view, ValueId parent,
                     ValueId changed) {
  Op out = make(target, {{"self", ref(parent)}, {"src", ref(changed)}});
  out.args.insert(out.args.end(), view.args.begin() + 1, view.args.end());
  return emitter.emit(std::move(out));
}

ValueId unwritable(const Emitter& emitter, const Op& view, ValueId parent, ValueId changed) {
  return emitter.emit(
      make(kUnwritable, {{"self", ref(parent)}, {"src", ref(changed)}, {"view", {view.target}}}));
}

ValueId scatter_part(const Emitter& emitter, const Op& view, std::size_t part, ValueId parent,
                     ValueId changed) {
  const auto index = static_cast<std::int64_t>(part);
  if (view.target == "aten::unbind")
    return emitter.emit(
        make("aten::select_scatter",
             {{"self", ref(parent)}, {"src", ref(changed)}, {"dim", dim_of(view)}, {"index", {index}}}));
  if ((view.target != "aten::split" && view.target != "aten::split_with_sizes") || view.args.size() < 2)
    return unwritable(emitter, view, parent, changed);
  const Arg& size = view.args[1].value;
  const auto* sizes = size.get<ArgList>();
  if (sizes == nullptr)
    return scatter_slice(emitter, parent, changed, dim_of(view), times(emitter, size, index),
                         times(emitter, size, index + 1));
  if (part >= sizes->size()) return unwritable(emitter, view, parent, changed);
  Arg start{std::int64_t{0}};
  for (std::size_t i = 0; i < part; ++i) start = sum(emitter, start, (*sizes)[i]);
  return scatter_slice(emitter, parent, changed, dim_of(view), start, sum(emitter, start, (*sizes)[part]));
}

ValueId move_back(const Emitter& emitter, const Op& view, ValueId parent, ValueId changed) {
  Op out = view;
  out.args[0].value = ref(changed);
  if (view.target == "aten::view_as_real") out.target = "aten::view_as_complex";
  if (view.target == "aten::view_as_complex") out.target = "aten::view_as_real";
  if (view.target == "aten::permute") {
    const Arg* dims = view.find("dims");
    const auto* list = dims == nullptr ? nullptr : dims->get<ArgList>();
    if (list == nullptr) return unwritable(emitter, view, parent, changed);
    const auto rank = static_cast<std::int64_t>(list->size());
    ArgList inverse(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto* dim = (*list)[i].get<std::int64_t>();
      if (dim == nullptr || *dim < -rank || *dim >= rank) return unwritable(emitter, view, parent, changed);
      inverse[static_cast<std::size_t>(*dim < 0 ? *dim + rank : *dim)] = {static_cast<std::int64_t>(i)};
    }
    out.args = {{"self", ref(changed)}, {"dims", {std::move(inverse)}}};
  }
  if (view.target == "aten::movedim" || view.target == "aten::moveaxis")
    for (auto& arg : out.args)
      arg.name = arg.name == "source" ? "destination" : arg.name == "destination" ? "source" : arg.name;
  return emitter.emit(std::move(out));
}

}  // namespace

ViewKind view_kind(const Op& op) {
  if (op.args.empty() || op.args[0].value.get<Ref>() == nullptr) return ViewKind::none;
  // Dropout in inference gives its input itself.
  if (in(op.target,
         {"aten::dropout", "aten::feature_dropout", "aten::alpha_dropout", "aten::feature_alpha_dropout"}))
    return is_off(op, "train") ? ViewKind::same : ViewKind::none;
  if (is_whole_slice(op)) return ViewKind::same;
  for (const Row& row : kViews)
    if (row.target == op.target) return row.kind;
  return ViewKind::none;
}

bool copies_unless_ordered(const Op& op) {
  return in(op.target,
            {"aten::reshape", "aten::reshape_as", "aten::flatten", "aten::contiguous", "aten::ravel"});
}

bool keeps_order(const Op& op, ViewKind kind) {
  if (kind == ViewKind::same) return true;
  if (kind == ViewKind::reshaped)
    return op.target.find("expand") == std::string::npos && op.target != "aten::broadcast_to";
  const bool first = dim_of(op).get<std::int64_t>() != nullptr && *dim_of(op).get<std::int64_t>() == 0;
  const Arg* step = op.find("step");
  const bool unit = step == nullptr || step->is_none() || constant(op, "step") == 1;
  return first && unit && (kind == ViewKind::slice || kind == ViewKind::select || kind == ViewKind::parts);
}

std::optional<std::string> functional_name(const Op& op) {
  const std::string& target = op.target;
  if (!target.starts_with("aten::") || target.size() < 8) return std::nullopt;
  if (target.ends_with("__")) {
    for (const char* name : {"and", "or", "xor", "lshift", "rshift"})
      if (target == std::string("aten::__i") + name + "__") return std::string("aten::__") + name + "__";
    return std::nullopt;
  }
  if (target == "aten::_index_put_impl_") return "aten::index_put";
  if (!target.ends_with('_')) return std::nullopt;
  return target.substr(0, target.size() - 1);
}

bool may_promote(const std::string& functional) {
  return in(functional, {"aten::add",          "aten::sub",         "aten::subtract",    "aten::mul",
                         "aten::multiply",     "aten::div",         "aten::divide",      "aten::true_divide",
                         "aten::floor_divide", "aten::remainder",   "aten::fmod",        "aten::pow",
                         "aten::eq",           "aten::ne",          "aten::lt",          "aten::le",
                         "aten::gt",           "aten::ge",          "aten::logical_and", "aten::logical_or",
                         "aten::logical_xor",  "aten::logical_not", "aten::clamp",       "aten::clamp_min",
                         "aten::clamp_max",    "aten::clip",        "aten::addcmul",     "aten::addcdiv",
                         "aten::lerp",         "aten::atan2",       "aten::hypot",       "aten::bitwise_and",
                         "aten::bitwise_or",   "aten::bitwise_xor", "aten::__and__",     "aten::__or__",
                         "aten::__xor__",      "aten::cumsum",      "aten::sqrt",        "aten::exp"});
}

ValueId write_back(const Emitter& emitter, const Op& view, std::size_t part, ValueId parent,
                   ValueId changed) {
  switch (view_kind(view)) {
    case ViewKind::same:
      return changed;
    case ViewKind::reshaped:
      return emitter.emit(make("modelexport::reshape_like", {{"self", ref(changed)}, {"like", ref(parent)}}));
    case ViewKind::moved:
      return move_back(emitter, view, parent, changed);
    case ViewKind::slice: {
      if (view.target == "aten::slice")
        return scatter_same(emitter, "aten::slice_scatter", view, parent, changed);
      const Arg* start = view.find("start");
      const Arg* length = view.find("length");
      if (start == nullptr || length == nullptr) return unwritable(emitter, view, parent, changed);
      return scatter_slice(emitter, parent, changed, dim_of(view), *start, sum(emitter, *start, *length));
    }
    case ViewKind::select:
      return scatter_same(emitter, "aten::select_scatter", view, parent, changed);
    case ViewKind::diagonal:
      return scatter_same(emitter, "aten::diagonal_scatter", view, parent, changed);
    case ViewKind::parts:
      return scatter_part(emitter, view, part, parent, changed);
    default:
      return unwritable(emitter, view, parent, changed);
  }
}

}  // namespace modelexport::lower
