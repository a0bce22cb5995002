#include "lower/packed_sequences.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "lower/op_arguments.h"
#include "lower/rewriting.h"

namespace modelexport::lower {
namespace {

using aten::Arg;
using aten::NamedArg;
using aten::Op;
using aten::Ref;
using aten::ValueId;

constexpr std::string_view kPack = "aten::_pack_padded_sequence", kPad = "aten::_pad_packed_sequence";

/// Layers that leave 0 where the sequence has ended, and operators that map 0 to 0.
bool is_layer(const Op& op) {
  return op.overload == "data" && (op.target == "aten::lstm" || op.target == "aten::gru" ||
                                   op.target == "aten::rnn_tanh" || op.target == "aten::rnn_relu");
}
bool keeps_zero(const Op& op) {
  return op.target == "aten::dropout" || op.target == "aten::relu" || op.target == "aten::tanh";
}

/// A packed tensor: the padded one (sequence first) and the lengths that it stands for.
struct Packed {
  Arg padded;
  Arg lengths;
  bool from_layer = false;  ///< 0 after each sequence's end
};

class Unpacker : private Rewriting {
 public:
  explicit Unpacker(aten::Graph& graph) : Rewriting(graph, "unpacked") {}

  std::vector<Op> rewrite(const std::vector<Op>& ops) {
    std::vector<Op> out;
    out_ = &out;
    for (const Op& op : ops) {
      like_ = &op;
      if (!unpack(op)) out.push_back(op);
    }
    return out;
  }

 private:
  bool unpack(const Op& op) {
    if (op.target == kPack) return open(op);
    if (op.target == kPad) return close(op);
    if (is_layer(op)) return layer(op);
    const Ref* first = op.args.empty() ? nullptr : op.args[0].value.get<Ref>();
    if (first == nullptr) return false;
    if (const auto sizes = sizes_.find(first->value); sizes != sizes_.end()) return size(op, sizes->second);
    const auto data = data_.find(first->value);
    if (data == data_.end() || !keeps_zero(op)) return false;
    Op on_padded = op;
    on_padded.args[0].value = data->second.padded;
    on_padded.outputs = {graph_.add_value(graph_.values[op.outputs[0]].name + ".padded")};
    Packed made = data->second;
    made.padded = {Ref{on_padded.outputs[0]}};
    data_[op.outputs[0]] = std::move(made);
    out_->push_back(std::move(on_padded));
    return true;
  }

  bool open(const Op& op) {
    Packed packed{arg_of(op, "input"), arg_of(op, "lengths"), false};
    if (flag_of(op, "batch_first", false)) packed.padded = exchanged(packed.padded);
    data_[op.outputs.at(0)] = packed;
    sizes_[op.outputs.at(1)] = std::move(packed);
    return true;
  }

  bool layer(const Op& op) {
    const Ref* data = ref_of(op, "data");
    const auto packed = data == nullptr ? data_.end() : data_.find(data->value);
    if (packed == data_.end()) return false;
    Op made = op;
    made.overload = "input";
    made.args.clear();
    made.args.push_back({"input", packed->second.padded});
    for (const NamedArg& arg : op.args)
      if (arg.name != "data" && arg.name != "batch_sizes") made.args.push_back(arg);
    made.args.push_back({"batch_first", {false}});
    made.args.push_back({"lengths", packed->second.lengths});
    made.outputs[0] = graph_.add_value(graph_.values[op.outputs[0]].name + ".padded");
    data_[op.outputs[0]] = {{Ref{made.outputs[0]}}, packed->second.lengths, true};
    out_->push_back(std::move(made));
    return true;
  }

  bool close(const Op& op) {
    const Ref* data = ref_of(op, "data");
    const auto packed = data == nullptr ? data_.end() : data_.find(data->value);
    if (packed == data_.end() || !packed->second.from_layer || number_of(op, "padding_value", 0) != 0)
      return false;
    const bool batch_first = flag_of(op, "batch_first", false);
    Arg value = packed->second.padded;
    if (batch_first) value = exchanged(value);
    emit("aten::slice", "Tensor",
         {{"self", value},
          {"dim", {std::int64_t{batch_first ? 1 : 0}}},
          {"start", {std::int64_t{0}}},
          {"end", arg_of(op, "total_length")},
          {"step", {std::int64_t{1}}}},
         op.outputs.at(0));
    emit("aten::alias", "", {{"self", packed->second.lengths}}, op.outputs.at(1));
    return true;
  }

  /// batch_sizes holds, for every step, how many sequences go on: the first is the batch, and there are as
  /// many as the longest sequence has steps. Nothing else is known of it.
  bool size(const Op& op, const Packed& packed) {
    if (op.target == "aten::size") {
      const Arg longest = emit("aten::max", "", {{"self", packed.lengths}});
      emit("aten::Int", "Tensor", {{"a", longest}}, op.outputs.at(0));
      return true;
    }
    if (op.target != "aten::select" || int_of(op, "index", -1) != 0) return false;
    const Arg batch = emit("aten::size", "int", {{"self", packed.padded}, {"dim", {std::int64_t{1}}}});
    emit("prim::NumToTensor", "Scalar", {{"a", batch}}, op.outputs.at(0));
    return true;
  }

  Arg exchanged(const Arg& value) {
    return emit("aten::transpose", "int",
                {{"self", value}, {"dim0", {std::int64_t{0}}}, {"dim1", {std::int64_t{1}}}});
  }

  std::map<ValueId, Packed> data_;   ///< packed values
  std::map<ValueId, Packed> sizes_;  ///< batch_sizes
};

bool uses(const Arg& arg, const std::set<ValueId>& values) {
  if (const Ref* ref = arg.get<Ref>()) return values.count(ref->value) != 0;
  const auto* list = arg.get<aten::ArgList>();
  return list != nullptr &&
         std::any_of(list->begin(), list->end(), [&](const Arg& item) { return uses(item, values); });
}

bool uses(const std::vector<Op>& ops, const std::set<ValueId>& values) {
  return std::any_of(ops.begin(), ops.end(), [&](const Op& op) {
    return std::any_of(op.args.begin(), op.args.end(),
                       [&](const NamedArg& arg) { return uses(arg.value, values); }) ||
           std::any_of(op.blocks.begin(), op.blocks.end(),
                       [&](const aten::Block& block) { return uses(block.ops, values); });
  });
}

}  // namespace

void unpack_sequences(aten::Graph& graph) {
  std::set<ValueId> packed;
  for (const Op& op : graph.ops)
    if (op.target == kPack) packed.insert(op.outputs.begin(), op.outputs.end());
  if (packed.empty()) return;
  const std::size_t values = graph.values.size();
  std::vector<Op> ops = Unpacker(graph).rewrite(graph.ops);
  // Anything that still wants packed data is reported, with the operators as the archive has them.
  if (!uses(ops, packed))
    graph.ops = std::move(ops);
  else
    graph.values.resize(values);
}

}  // namespace modelexport::lower
