// Proof that a planned result is the same model: weights and graph as they were, bit for bit.
//
// Purpose   Migration writes metadata. Before anything is written, the plan's result is compared with the
//           original: versions, producer, operators, names, attributes, inputs, outputs and every tensor.
//           Weights are not read: the plan must copy exactly their bytes from exactly their place.
// Errors    migrate_changed; those of reading.
#pragma once

#include "migrate/nodes.h"
#include "modelexport/edit_plan.h"

namespace modelexport::migrate {

struct Allowed {
  bool names = false;   ///< inputs were renamed on request
  bool shapes = false;  ///< sizes were freed on request
};

/// `nodes` are those of the source.
Status prove_same(const ByteSource& source, const std::vector<NodeRecord>& nodes, const onnx::EditPlan& plan,
                  const Allowed& allowed, const Limits& limits);

/// Whether bytes of a plan's output are a plain copy of these bytes of its source.
class CopyMap {
 public:
  explicit CopyMap(const onnx::EditPlan& plan);
  [[nodiscard]] bool is_copy(ByteRange output, ByteRange source) const;

 private:
  const onnx::EditPlan& plan_;
  std::vector<std::uint64_t> starts_;
};

}  // namespace modelexport::migrate
