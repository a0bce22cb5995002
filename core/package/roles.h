// Which part of a model an ONNX file is, and which variant (dtype) of it.
//
// Purpose   Loaders know files by name: encoder_model.onnx, decoder_model_merged.onnx, model_quantized.onnx.
//           A file's own name says the same, or --role does; a lone file of any other name is the model.
// Errors    pack_roles: unknown role, several files for one role and variant, files without a clear role.
// Source    reference: optimum_loading.md §2.2, transformers_files.md §9.1.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelexport/result.h"

namespace modelexport::package {

struct Role {
  std::string name = "model";  ///< "model", "encoder_model", "decoder_model_merged", …
  std::string variant;         ///< "", "quantized", "fp16", "q4", …: the suffix without underscore
  bool operator==(const Role&) const = default;
};

/// transformers.js' dtype of a variant ("fp32", "q8", …); "" for variants it does not know ("optimized").
std::string_view dtype_of_variant(std::string_view variant);
/// "decoder_model_merged_q4.onnx".
std::string file_name(const Role& role);

/// A role as --role names it: "encoder", "decoder_model_merged", "model_fp16".
Result<Role> parse_role(std::string_view text);

/// Pairs of file and role from texts of the form FILE=ROLE.
Result<std::vector<std::pair<std::string, std::string>>> parse_file_roles(
    const std::vector<std::string>& texts);

/// Roles of all files. `given` are pairs of file (as named on the command line, or its last part) and role.
Result<std::vector<Role>> find_roles(const std::vector<std::string>& files,
                                     const std::vector<std::pair<std::string, std::string>>& given);

}  // namespace modelexport::package
