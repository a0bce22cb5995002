// Checking a package directory: what the loaders of Optimum and transformers.js need besides readable models.
//
// Purpose   Files, config.json, and the models' inputs and outputs against the class that would load them.
//           The models themselves are checked by check_model; nothing here reads weights.
// Ownership The tree is borrowed during the call.
#pragma once

#include <string>
#include <vector>

#include "modelexport/check.h"
#include "modelexport/components.h"

namespace modelexport::check {

struct PackageModel {
  std::string path;  ///< relative to the package
  std::vector<onnx::ValueView> inputs;
  std::vector<onnx::ValueView> outputs;
  std::vector<std::string> data_files;  ///< external data locations
  bool stamped = false;
  std::string task = {};  ///< of its stamp, "" unknown
};
/// Reads what a package check needs of a model.
Result<PackageModel> read_package_model(const ByteSource& source, std::string path, const Limits& limits);

/// Whether a directory with these files is a package: models with a configuration or a manifest.
bool is_package(const std::vector<components::FileEntry>& files);

/// Readers of `options` whose loaders are judged: optimum and transformers_js.
Report check_package(const components::SourceTree& tree, const std::vector<PackageModel>& models,
                     const Options& options);

}  // namespace modelexport::check
