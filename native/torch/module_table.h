// The module tree of a loaded archive: paths, class names and named tensors.
#pragma once

#include <torch/script.h>

#include <string>
#include <unordered_map>

#include "modelexport/aten.h"
#include "tensor_table.h"

namespace modelexport::torchscript {

/// "__torch__.a.b.___torch_mangle_7.C" -> "a.b.C".
std::string demangle(const std::string& qualified_name);

class ModuleTable {
 public:
  /// Fills graph.modules (pre-order, each module once) and the named tensors.
  ModuleTable(aten::Graph& graph, TensorTable& tensors, const torch::jit::Module& root);

  /// Index in graph.modules. Throws Failure(torchscript_unsupported) for objects that are no module.
  [[nodiscard]] std::uint32_t index_of(const c10::ivalue::Object& object) const;

 private:
  void visit(const c10::intrusive_ptr<c10::ivalue::Object>& object, const std::string& path, unsigned depth);

  aten::Graph& graph_;
  TensorTable& tensors_;
  std::uint64_t visited_ = 0;
  std::unordered_map<const c10::ivalue::Object*, std::uint32_t> index_;
};

}  // namespace modelexport::torchscript
