// What an input's name promises about its type: the predecessor attached names to the wrong tensors.
//
// Source    reference: legacy_htp.md §4.2, §13 (permuted input names).
#pragma once

#include <string>
#include <string_view>

#include "modelexport/model_view.h"

namespace modelexport::hierarchy {

/// What inputs of a known name are; `floating` false: integers (or bool for masks).
struct NamedInput {
  std::string_view name;
  bool floating = false;
  std::size_t least_rank = 1;
  std::size_t most_rank = 3;
};
/// nullptr for names that promise nothing.
const NamedInput* find_named_input(std::string_view name);
/// Type and rank are as the entry says.
bool fits(const NamedInput& named, const onnx::ValueView& value);
/// The name is known, and type or rank are not those of such an input.
bool contradicts_name(const onnx::ValueView& value);
/// "int64[2,16]"
std::string type_text(const onnx::ValueView& value);

}  // namespace modelexport::hierarchy
