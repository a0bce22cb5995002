#include "lower/borders.h"

namespace modelexport::lower {
namespace {

using aten::Arg;
using aten::ArgList;
using aten::Op;
using aten::Ref;
using aten::ValueId;

constexpr std::uint32_t kNoCall = 0xFFFFFFFF;

class BorderFinder {
 public:
  explicit BorderFinder(const aten::Graph& graph)
      : graph_(graph), maker_(graph.values.size(), kNoCall), crosses_(graph.values.size()) {}

  std::vector<Border> find(std::size_t first_foreign) {
    for (const Op& op : graph_.ops)
      for (const ValueId id : op.outputs) maker_[id] = op.call;
    use(graph_.ops);
    for (const auto& output : graph_.outputs) crosses_[output.value] = true;
    std::vector<Border> out;
    for (const Op& op : graph_.ops)
      for (const ValueId id : op.outputs)
        if (crosses_[id] && id < first_foreign) out.push_back({id, &op});
    return out;
  }

 private:
  void use(const Arg& arg, std::uint32_t call) {
    if (const Ref* ref = arg.get<Ref>()) {
      if (maker_[ref->value] != call) crosses_[ref->value] = true;
    } else if (const ArgList* list = arg.get<ArgList>()) {
      for (const Arg& item : *list) use(item, call);
    }
  }
  void use(const std::vector<Op>& ops) {
    for (const Op& op : ops) {
      for (const auto& arg : op.args) use(arg.value, op.call);
      for (const auto& block : op.blocks) use(block.ops);
    }
  }

  const aten::Graph& graph_;
  std::vector<std::uint32_t> maker_;  ///< call that makes a value
  std::vector<bool> crosses_;
};

}  // namespace

std::vector<Border> find_borders(const aten::Graph& graph, std::size_t first_foreign) {
  return BorderFinder(graph).find(first_foreign);
}

}  // namespace modelexport::lower
