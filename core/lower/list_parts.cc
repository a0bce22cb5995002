#include "lower/list_parts.h"

#include <unordered_map>

#include "lower/alias_views.h"

namespace modelexport::lower {
namespace {

using aten::Arg;
using aten::Op;
using aten::Ref;
using aten::ValueId;

void count(const Arg& arg, std::vector<std::uint32_t>& uses) {
  if (const Ref* ref = arg.get<Ref>())
    ++uses[ref->value];
  else if (const auto* list = arg.get<aten::ArgList>())
    for (const Arg& item : *list) count(item, uses);
}

void count(const std::vector<Op>& ops, std::vector<std::uint32_t>& uses) {
  for (const Op& op : ops) {
    for (const auto& arg : op.args) count(arg.value, uses);
    for (const auto& block : op.blocks) {
      count(block.ops, uses);
      for (const ValueId id : block.outputs) ++uses[id];
    }
  }
}

void join(std::vector<Op>& ops, const std::vector<std::uint32_t>& uses) {
  std::unordered_map<ValueId, std::size_t> lists;  // to the place in `kept`
  std::vector<Op> kept;
  kept.reserve(ops.size());
  for (Op& op : ops) {
    for (auto& block : op.blocks) join(block.ops, uses);
    if (op.target == "prim::ListUnpack" && op.args.size() == 1 && op.outputs.size() > 1) {
      const Ref* list = op.args[0].value.get<Ref>();
      const auto made = list == nullptr ? lists.end() : lists.find(list->value);
      if (made != lists.end()) {
        kept[made->second].outputs = std::move(op.outputs);
        continue;
      }
    }
    if (op.outputs.size() == 1 && uses[op.outputs[0]] == 1 && view_kind(op) == ViewKind::parts)
      lists.emplace(op.outputs[0], kept.size());
    kept.push_back(std::move(op));
  }
  ops = std::move(kept);
}

}  // namespace

void join_unpacked_lists(aten::Graph& graph) {
  std::vector<std::uint32_t> uses(graph.values.size(), 0);
  count(graph.ops, uses);
  for (const auto& output : graph.outputs) ++uses[output.value];
  join(graph.ops, uses);
}

}  // namespace modelexport::lower
