// How many dimensions a value has, where its operator says so: scripted helpers (F.interpolate) loop over
// them, and build lists in these loops. What is not known here stays an operator, for inference.
#include <algorithm>

#include "walker.h"

namespace modelexport::torchscript {
namespace {

/// What the rank of a result follows from.
enum class From : std::uint8_t {
  self,      ///< that of the first argument
  one_more,  ///< and a dimension
  one_less,  ///< less a dimension
  sizes,     ///< the length of the list of sizes or dimensions
};
struct Row {
  std::string_view target;
  From from;
};
constexpr Row kRanks[] = {
    {"aten::view", From::sizes},         {"aten::reshape", From::sizes},
    {"aten::_unsafe_view", From::sizes}, {"aten::expand", From::sizes},
    {"aten::permute", From::sizes},      {"aten::zeros", From::sizes},
    {"aten::ones", From::sizes},         {"aten::full", From::sizes},
    {"aten::empty", From::sizes},        {"aten::unsqueeze", From::one_more},
    {"aten::select", From::one_less},    {"aten::transpose", From::self},
    {"aten::slice", From::self},         {"aten::narrow", From::self},
    {"aten::contiguous", From::self},    {"aten::to", From::self},
    {"aten::detach", From::self},        {"aten::clone", From::self},
    {"aten::dropout", From::self},       {"aten::linear", From::self},
    {"aten::_convolution", From::self},  {"aten::conv1d", From::self},
    {"aten::conv2d", From::self},        {"aten::conv3d", From::self},
    {"aten::relu", From::self},          {"aten::gelu", From::self},
    {"aten::sigmoid", From::self},       {"aten::softmax", From::self},
    {"aten::layer_norm", From::self},    {"aten::batch_norm", From::self},
    {"aten::group_norm", From::self},    {"aten::max_pool2d", From::self},
    {"aten::avg_pool2d", From::self},
};

}  // namespace

std::optional<std::int64_t> Walker::rank_of(aten::ValueId value) const {
  if (ranks_change_) return std::nullopt;
  if (const auto found = ranks_.find(value); found != ranks_.end()) return found->second;
  if (const auto& tensor = graph_.values[value].tensor)
    return static_cast<std::int64_t>(graph_.tensors[*tensor].sizes.size());
  return std::nullopt;
}

void Walker::note_rank(const aten::Op& op) {
  // In place: from now on the same value has another rank.
  for (const std::string_view target : {"aten::unsqueeze_", "aten::squeeze_", "aten::resize_",
                                        "aten::resize_as_", "aten::set_", "aten::as_strided_"})
    ranks_change_ = ranks_change_ || op.target == target;
  const auto* row =
      std::find_if(std::begin(kRanks), std::end(kRanks), [&](const Row& r) { return r.target == op.target; });
  if (row == std::end(kRanks) || op.outputs.size() != 1) return;
  std::optional<std::int64_t> rank;
  if (row->from == From::sizes) {
    for (const char* name : {"size", "shape", "dims"})
      if (const aten::Arg* arg = op.find(name))
        if (const auto* list = arg->get<aten::ArgList>()) rank = static_cast<std::int64_t>(list->size());
  } else if (const auto* self = op.args.empty() ? nullptr : op.args[0].value.get<aten::Ref>()) {
    rank = rank_of(self->value);
    if (rank && row->from == From::one_more) ++*rank;
    if (rank && row->from == From::one_less) --*rank;
  }
  if (rank && *rank >= 0) ranks_[op.outputs[0]] = *rank;
}

void Walker::on_dim(Node* node) {
  const auto* value = value_of(at(node->input(0)));
  const auto rank = value == nullptr ? std::nullopt : rank_of(*value);
  if (!rank) return on_operator(node);
  bind(node->output(), c10::IValue(*rank));
}

}  // namespace modelexport::torchscript
