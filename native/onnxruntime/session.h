// One ONNX model in an ONNX Runtime session on the CPU, with the runtime's default optimisations.
//
// Errors    runtime_refused (the model, or an input, is not accepted), runtime_lacks (no kernel, or an opset
// or IR
//           version newer than this runtime).
// Lifetime  The library's objects live as long as the process: it runs one model and ends.
#pragma once

#include <string>
#include <vector>

#include "runtime_api.h"
#include "verify/tensor.h"

namespace modelexport::runtime {

class Session {
 public:
  static Result<Session> open(const RuntimeApi& api, const std::string& model);
  /// All outputs of the model for these inputs.
  Result<verify::Tensors> run(const verify::Tensors& inputs) const;

 private:
  explicit Session(const RuntimeApi& api) : api_(&api) {}
  Status check(OrtStatus* status) const;
  Result<verify::Tensor> read(OrtValue* value, const std::string& name) const;

  const RuntimeApi* api_;
  OrtSession* session_ = nullptr;
  OrtMemoryInfo* memory_ = nullptr;
  std::vector<std::string> outputs_;
};

}  // namespace modelexport::runtime
