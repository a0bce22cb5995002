// Does a configuration belong to a graph? An archive made in March must not be stamped with June's commit.
//
// Purpose   Compares what config.json says with shapes of the graph: vocabulary, labels, hidden size. Only
// facts
//           that both sides state are compared; silence is no difference.
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
  std::vector<Value> weights;  ///< initializers of rank 2
};

/// Warnings stamp_config_differs; none if everything that can be compared fits.
Diagnostics check_fit(std::string_view config, const GraphShape& graph, std::string_view model,
                      const Limits& limits);

}  // namespace modelexport::stamp
