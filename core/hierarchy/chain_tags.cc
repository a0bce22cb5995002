#include "hierarchy/chain_tags.h"

#include <unordered_map>

namespace modelexport::hierarchy {

/// Modules and calls as an archive would have them, so that one set of rules makes all tags.
std::vector<std::string> tags_of_chains(const std::vector<const std::vector<ChainLink>*>& chains,
                                        const Limits& limits) {
  constexpr std::uint32_t kNone = 0xFFFFFFFF;
  aten::Graph graph;
  std::unordered_map<std::string, std::uint32_t> calls;  // by instance path
  std::vector<std::uint32_t> call_of(chains.size(), kNone);
  graph.modules.emplace_back();
  graph.calls.emplace_back();
  calls.emplace("", 0);
  for (std::size_t i = 0; i < chains.size(); ++i) {
    std::uint32_t call = 0;
    for (const ChainLink& link : *chains[i]) {
      const auto [found, added] = calls.emplace(link.first, static_cast<std::uint32_t>(graph.calls.size()));
      if (added) {
        graph.calls.push_back({static_cast<std::uint32_t>(graph.modules.size()), call, 1});
        graph.modules.push_back({link.first, link.second});
      } else if (found->second == 0) {
        graph.modules[0].class_name = link.second;
      }
      call = found->second;
    }
    if (chains[i]->empty()) continue;
    call_of[i] = call;
    aten::Op op;
    op.call = call;
    graph.ops.push_back(std::move(op));
  }
  std::vector<std::string> tags(chains.size());
  const Result<Labels> labels = label_calls(graph);
  for (std::size_t i = 0; i < chains.size() && labels; ++i)
    if (call_of[i] != kNone) tags[i] = normal_tag(labels->calls[call_of[i]].tag, limits);
  return tags;
}

}  // namespace modelexport::hierarchy
