// Does a configuration belong to a graph? An archive made in March must not be stamped with June's commit.
//
// Purpose   Compares what config.json says with the graph: the architecture with the classes of its modules,
//           and vocabulary, labels, hidden size with its shapes. Only facts that both sides state are
//           compared; silence is no difference.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::stamp {

struct GraphShape {
  struct Value {
    std::string name;
    std::vector<std::int64_t> dims;  ///< -1 for a symbol
  };
  std::vector<Value> outputs;
  std::vector<Value> weights;        ///< initializers of rank 2
  std::vector<std::string> classes;  ///< of the modules, without their packages; the root's first
};

/// Warnings stamp_config_differs; none if everything that can be compared fits. Of another architecture
/// nothing else is compared.
Diagnostics check_fit(std::string_view config, const GraphShape& graph, std::string_view model,
                      const Limits& limits);

}  // namespace modelexport::stamp
