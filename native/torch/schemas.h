// Operators that newer PyTorch releases write and the libtorch at hand does not know.
//
// Purpose   An archive with an unknown operator does not load at all. register_missing_operators() adds the
//           schemas before loading (and kernels where an archive shall also run); unknown_operators() tells
//           everything else that a file needs, at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelexport::torchscript {

/// Adds what is missing in this libtorch; later calls do nothing.
void register_missing_operators();

struct UnknownOperator {
  std::string name;  ///< "aten::new_op"
  std::uint64_t uses = 0;
  std::vector<std::string> owners;  ///< "transformers.models.x.modeling_x.Layer", each once
};

/// Makes unknown operators known, so that the archive loads and its graph can tell every place that uses
/// them: with their published signature where the core has it, else as placeholders of any arguments and one
/// tensor. Running them is an error. False if a name is no operator's.
bool register_placeholders(const std::vector<UnknownOperator>& unknown);
/// True for operators whose arguments are not known.
bool is_placeholder(const std::string& name);

/// Collects the operators of serialised code that no schema exists for.
class OperatorScan {
 public:
  /// `file` names the code ("__torch__/transformers/…"), `text` is its serialised Python.
  void add(std::string_view file, std::string_view text);
  [[nodiscard]] const std::vector<UnknownOperator>& unknown() const { return unknown_; }

 private:
  void count(std::string name, const std::string& owner);
  std::vector<UnknownOperator> unknown_;
};

}  // namespace modelexport::torchscript
