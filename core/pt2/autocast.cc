// Regions under automatic mixed precision (torch.autocast).
//
// The program has the operators as the model wrote them and, beside them, the dtypes that came out: autocast
// is what lies between. Where an operator's result has another floating dtype than its operands promote to,
// its operands are cast to that dtype, which is what autocast did; the lists of operators that it lowers,
// raises or leaves, which differ between devices and versions, are not needed.
#include <map>

#include "aten/type.h"
#include "pt2/nodes.h"
#include "pt2/shapes.h"

namespace modelexport::pt2 {
namespace {

using aten::Arg;
using aten::Op;
using aten::Ref;
using aten::ValueId;
using json::Json;

using Dtypes = std::map<ValueId, DType>;

Dtypes floating_dtypes(const Json& graph, const Scope& scope, const Limits& limits, const json::Path& at) {
  Dtypes out;
  const Json* tensors = json::find(graph, "tensor_values");
  if (tensors == nullptr) return out;
  for (const auto& [name, meta] : json::members(*tensors)) {
    const auto value = scope.find(name);
    if (value == scope.end()) continue;
    const auto read = read_tensor_meta(meta, limits, {&at, name});
    if (read && is_floating(read->dtype)) out[value->second] = read->dtype;
  }
  return out;
}

/// Operators that are asked for a dtype.
bool converts(const Op& op) {
  return op.target == "aten::to" || op.target == "aten::_to_copy" || op.target == "aten::type_as" ||
         op.find("dtype") != nullptr;
}

class Caster {
 public:
  Caster(Dtypes dtypes, ValueNames& names) : dtypes_(std::move(dtypes)), names_(names) {}

  std::vector<Op> rewrite(std::vector<Op> ops) {
    std::vector<Op> out;
    for (Op& op : ops) {
      if (const auto wanted = wanted_for(op))
        for (aten::NamedArg& arg : op.args) cast(arg.value, *wanted, op, out);
      out.push_back(std::move(op));
    }
    return out;
  }

 private:
  std::optional<DType> dtype_of(ValueId value) const {
    const auto found = dtypes_.find(value);
    return found == dtypes_.end() ? std::nullopt : std::optional(found->second);
  }

  void promote(const Arg& arg, std::optional<DType>& into) const {
    if (const Ref* ref = arg.get<Ref>()) {
      const auto dtype = dtype_of(ref->value);
      if (dtype) into = into ? aten::promote(*into, *dtype) : *dtype;
    } else if (const auto* list = arg.get<aten::ArgList>()) {
      for (const Arg& item : *list) promote(item, into);
    }
  }

  /// The dtype that autocast gave the operands, if it did.
  std::optional<DType> wanted_for(const Op& op) const {
    if (op.outputs.empty() || !op.blocks.empty() || converts(op)) return std::nullopt;
    const auto result = dtype_of(op.outputs[0]);
    std::optional<DType> operands;
    for (const aten::NamedArg& arg : op.args) promote(arg.value, operands);
    return result && operands && *result != *operands ? result : std::nullopt;
  }

  void cast(Arg& arg, DType dtype, const Op& like, std::vector<Op>& out) {
    if (auto* list = std::get_if<aten::ArgList>(&arg.data)) {
      for (Arg& item : *list) cast(item, dtype, like, out);
      return;
    }
    const Ref* ref = arg.get<Ref>();
    const auto now = ref == nullptr ? std::nullopt : dtype_of(ref->value);
    if (!now || *now == dtype) return;
    const auto [made, is_new] = casts_.try_emplace({ref->value, dtype}, aten::kNoValue);
    if (is_new) {
      made->second = names_.add("autocast");
      Op op;
      op.target = "aten::to";
      op.overload = "dtype";
      op.args = {{"self", arg}, {"dtype", {dtype}}};
      op.outputs = {made->second};
      op.call = like.call;
      op.source = like.source;
      out.push_back(std::move(op));
    }
    arg = {Ref{made->second}};
  }

  Dtypes dtypes_;
  ValueNames& names_;
  std::map<std::pair<ValueId, DType>, ValueId> casts_;
};

}  // namespace

void NodeReader::spell_out_autocast(const Json& graph, const Scope& scope, const json::Path& at,
                                    std::size_t first) {
  const auto begin = ops_->begin() + static_cast<std::ptrdiff_t>(first);
  std::vector<Op> region(std::make_move_iterator(begin), std::make_move_iterator(ops_->end()));
  ops_->erase(begin, ops_->end());
  region = Caster(floating_dtypes(graph, scope, limits_, at), names_).rewrite(std::move(region));
  ops_->insert(ops_->end(), std::make_move_iterator(region.begin()), std::make_move_iterator(region.end()));
}

}  // namespace modelexport::pt2
