// Names of one graph of the program: which value of the aten graph each stands for.
//
// A region's graph (as_graph) has names of its own, bound to the outer values that are passed in.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "modelexport/aten.h"

namespace modelexport::pt2 {

using Scope = std::unordered_map<std::string_view, aten::ValueId>;  // views into the JSON document

/// Makes values with names that are unique in the whole graph.
class ValueNames {
 public:
  explicit ValueNames(aten::Graph& graph) : graph_(graph) {}

  aten::ValueId add(std::string_view name) {
    std::string unique(name);
    auto [at, is_new] = next_.emplace(unique, 2);
    while (!is_new) {
      unique = std::string(name) + "_" + std::to_string(at->second++);
      is_new = next_.emplace(unique, 2).second;
      if (!is_new) at = next_.find(std::string(name));
    }
    return graph_.add_value(std::move(unique));
  }

 private:
  aten::Graph& graph_;
  std::unordered_map<std::string, std::uint32_t> next_;  ///< number that a second use of the name gets
};

}  // namespace modelexport::pt2
