// Instance paths: from node names, and what is known about the modules behind them.
//
// Purpose   A legacy tag is a class path and does not identify a module; the scope in the node's name does
//           (legacy_htp.md §3.2, §3.3).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/beside.h"
#include "migrate/nodes.h"

namespace modelexport::migrate {

/// "encoder.layer.0.attention" of "/encoder/layer.0/attention/MatMul"; "" for "/Cast" (the root's own code).
/// Containers repeat in names ("layers/layers.0"): once is enough. Nothing for names that are no scoped ones.
std::optional<std::string> scope_of_name(std::string_view node_name);
/// "/emb/Gather" of "/emb/Gather_output_0", as the TorchScript exporter names what a node writes; "" for
/// other names.
std::string node_of_value(const std::string& value);
/// By the node's name, else by that of what it writes.
std::optional<std::string> scope_of_node(const NodeRecord& node);

/// Modules by instance path.
class ModuleTable {
 public:
  ModuleTable() = default;
  explicit ModuleTable(const std::vector<KnownModule>& modules);

  [[nodiscard]] bool empty() const { return modules_.empty(); }
  [[nodiscard]] const std::vector<KnownModule>& list() const { return modules_; }
  [[nodiscard]] const KnownModule* find(std::string_view scope) const;
  /// The module itself, else its nearest ancestor other than the root, else nullptr.
  [[nodiscard]] const KnownModule* nearest(std::string_view scope) const;
  /// "/T5Model/T5Stack" and the paths that share it; nothing if every tag is one module's.
  [[nodiscard]] std::vector<std::pair<std::string, std::vector<std::string>>> shared_tags() const;

 private:
  std::vector<KnownModule> modules_;
  std::map<std::string, std::size_t, std::less<>> by_scope_;
};

/// Later calls of one module: the TorchScript exporter numbers them in names ("dense_1" is the second call of
/// "dense"), which looks like a module of that name. Only what is proved is told apart: there is such a
/// module or there are its weights, and none of the numbered name.
class RepeatedCalls {
 public:
  RepeatedCalls(const std::vector<NodeRecord>& nodes, const std::vector<onnx::TensorView>& weights,
                const ModuleTable& modules);
  /// "attention.dense@2" of "attention.dense_1"; everything else as it is.
  [[nodiscard]] std::string resolve(const std::string& scope) const;

 private:
  [[nodiscard]] bool is_module(std::string_view scope) const;

  const ModuleTable& modules_;
  std::set<std::string, std::less<>> owners_;  ///< paths that have weights in or below them
  std::set<std::string, std::less<>> scopes_;  ///< that nodes ran in
  std::set<std::string, std::less<>> proved_;  ///< numbers of calls that some module was called
};

/// How the predecessor placed the nodes; the honest form of its "coverage 100 %".
struct Placement {
  std::uint64_t direct = 0;  ///< in a traced module itself
  std::uint64_t parent = 0;  ///< in something below one
  std::uint64_t root = 0;    ///< nowhere: given to the root
  std::uint64_t hidden = 0;  ///< of `root`: nodes whose name lies in a module that was not traced
  std::string basis;         ///< what it is computed from; "" if nothing is known
};
Placement place_nodes(const std::vector<NodeRecord>& nodes, const std::vector<std::string>& tags,
                      const ModuleTable& modules, const Beside& beside);

/// The value of the graph's hierarchy_modules: the known modules and every tag that nodes carry besides.
std::string modules_json(const ModuleTable& modules, const std::vector<std::string>& tags);

}  // namespace modelexport::migrate
