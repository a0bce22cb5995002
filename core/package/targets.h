// Where each ONNX file goes, and which one each loader opens.
//
// Purpose   Optimum opens a standard name, in the root or in onnx/; transformers.js opens
//           onnx/<role><suffix>.onnx by dtype. A lone variant takes the standard name, so that nothing must
//           be passed and nothing is warned about.
// Errors    pack_target: several variants that a target cannot tell apart.
// Source    reference: optimum_loading.md §2, transformers_files.md §9.1.
#pragma once

#include <string>
#include <vector>

#include "json/json.h"
#include "package/plan.h"

namespace modelexport::package {

struct Targets {
  bool optimum = true;
  bool web = false;  ///< transformers.js
  [[nodiscard]] Layout layout() const { return web ? Layout::onnx : Layout::root; }
  [[nodiscard]] std::vector<std::string> names() const;
};
/// "optimum", "transformers.js" or both, separated by commas. Errors: cli_usage, cli_not_supported_yet.
Result<Targets> parse_targets(std::string_view list);

struct Naming {
  std::vector<Role> roles;         ///< as they are named in the package
  std::vector<std::string> paths;  ///< in the package, one per ONNX file
  std::vector<std::string> choices;
  Diagnostics warnings;
};
Result<Naming> name_files(const std::vector<Role>& roles, const Targets& targets);

/// The dtype and data file members of `transformers.js_config`. `has_data` is per file.
json::Json web_config(const std::vector<Role>& roles, const std::vector<bool>& has_data);
/// Sentences about what transformers.js opens on each device.
std::vector<std::string> web_choices(const std::vector<Role>& roles);

}  // namespace modelexport::package
