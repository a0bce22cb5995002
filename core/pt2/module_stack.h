// Which module call every node ran in: nn_module_stack texts as the graph's module and call tables.
//
// Form      Items joined by ";", each "key,path,class"; the first is the root. The k-th call of a module has
//           "@<k-1>" after its key. Paths are dotted ("encoder.layer.0") or, of strict exports, Python
//           expressions
//           ("getattr(L['self'].encoder.layer, '0')").
// Limits    Limits::depth (items and path parts), nodes (calls), json_bytes (text of all module paths).
// Source    torch/_export/serde/serialize.py (serialize_metadata), torch/fx/_symbolic_trace.py.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "modelexport/aten.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::pt2 {

/// "getattr(L['self'].layer, '0').attention" → "layer.0.attention"; dotted paths as they are.
std::string module_path(std::string_view expression);

class CallTable {
 public:
  explicit CallTable(const Limits& limits);

  /// Declares a module (from the program's module list) without a call.
  Status add_module(std::string_view fqn);
  /// Index of the call that a node with this stack ran in.
  Result<std::uint32_t> call_of(std::string_view stack);
  /// Fills Graph::modules (pre-order, parents of named modules included) and Graph::calls.
  void finish(aten::Graph& graph) &&;

 private:
  struct Node {
    std::string path;
    std::string class_name;
    std::vector<std::uint32_t> children;
  };
  Result<std::uint32_t> module_of(std::string_view path);
  Result<std::uint32_t> enter(std::uint32_t parent, std::string_view item);

  const Limits& limits_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, std::uint32_t> by_path_;
  std::vector<aten::Call> calls_;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> by_key_;
  std::unordered_map<std::string, std::uint32_t> by_stack_;
  std::unordered_map<std::uint32_t, std::uint32_t> last_ordinal_;
  std::uint64_t path_bytes_ = 0;
};

}  // namespace modelexport::pt2
