// The tensors of the graph: weights as ranges of the archive, computed constants in the side file.
//
// Ownership  Borrows graph, archive file and side file.
// Errors     Throws Failure: torchscript_unsupported (sparse, quantized, unknown dtype), io_write.
#pragma once

#include <torch/script.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "archive_file.h"
#include "modelexport/aten.h"

namespace modelexport::torchscript {

class TensorTable {
 public:
  TensorTable(aten::Graph& graph, const ArchiveFile& file, std::string side_path);

  /// A tensor attribute of a module under its state_dict name. The same tensor seen before: an alias.
  void add_named(const std::string& name, const at::Tensor& tensor, aten::TensorKind kind);
  /// The graph value bound to a tensor; one that no module owns is added as a constant of module `scope`.
  aten::ValueId value_of(const at::Tensor& tensor, const std::string& scope);
  /// Writes what is left of the side file.
  void finish();

 private:
  struct Identity {
    const void* data;
    std::int64_t offset;
    int dtype;
    std::vector<std::int64_t> sizes, strides;
    bool operator<(const Identity& other) const {
      return std::tie(data, offset, dtype, sizes, strides) <
             std::tie(other.data, other.offset, other.dtype, other.sizes, other.strides);
    }
  };
  static Identity identity(const at::Tensor& tensor);
  std::uint32_t add(std::string name, const at::Tensor& tensor, aten::TensorKind kind);
  void place(aten::Tensor& entry, const at::Tensor& tensor);
  std::string constant_name(const std::string& scope);

  aten::Graph& graph_;
  const ArchiveFile& file_;
  std::string side_path_;
  std::ofstream side_;
  std::uint64_t side_size_ = 0;
  std::map<Identity, std::uint32_t> known_;
  std::vector<at::Tensor> kept_;  // keeps addresses from being reused
  std::unordered_map<std::uint32_t, aten::ValueId> values_;
  std::unordered_map<std::string, std::uint32_t> constants_of_scope_;
  std::unordered_set<std::string> names_;
};

}  // namespace modelexport::torchscript
