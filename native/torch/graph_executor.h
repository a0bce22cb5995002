// Runs an aten::Graph operator by operator through libtorch's dispatcher: the check that the graph says what
// the archive does, independent of ONNX.
//
// Values    Every value keeps what it was when its operator made it, also when a later operator changes the
// tensor
//           in place: that is the value that a functional graph has under this name.
// Half      float16 kernels are few on the CPU: such graphs are computed in float32 throughout.
// Format    Inputs and outputs are safetensors named as Graph::inputs/outputs (path joined by '.').
// Errors    Throws Failure(torchscript_run) with the operator and its module.
#pragma once

#include <torch/script.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "modelexport/aten.h"
#include "safetensors.h"

namespace modelexport::torchscript {

class GraphExecutor {
 public:
  /// `tensors` are the graph's tensors in order.
  GraphExecutor(const aten::Graph& graph, std::vector<at::Tensor> tensors);
  NamedTensors run(const NamedTensors& inputs);
  /// Adds the values of these names to what run() returns.
  void keep(const std::vector<std::string>& names);

 private:
  void run(const std::vector<aten::Op>& ops);
  void run(const aten::Op& op);
  bool run_structural(const aten::Op& op);
  bool run_scalar(const aten::Op& op);
  void run_loop(const aten::Op& op);
  void call(const aten::Op& op);
  void remember(const aten::Op& op);
  c10::IValue argument(const aten::Arg& arg, const c10::TypePtr& type) const;
  c10::IValue list_argument(const aten::ArgList& list, const c10::TypePtr& type) const;

  const aten::Graph& graph_;
  std::vector<c10::IValue> values_;
  std::unordered_map<aten::ValueId, at::Tensor> kept_;  ///< defined once they are made
};

/// Reads the graph's tensors from the archive and the side file.
std::vector<at::Tensor> load_tensors(const aten::Graph& graph, const std::string& archive_path,
                                     const std::string& side_path);

}  // namespace modelexport::torchscript
