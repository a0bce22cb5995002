// Opens a TorchScript archive with libtorch: operators registered, module loaded, example inputs found.
//
// Errors   Throws Failure: zip_not_an_archive, input_state_dict, input_not_pytorch,
// torchscript_unknown_operator (all
//          unknown operators at once), torchscript_load (libtorch's own complaint).
#pragma once

#include <torch/script.h>

#include <memory>
#include <optional>
#include <string>

#include "archive_file.h"

namespace modelexport::torchscript {

struct LoadedArchive {
  std::shared_ptr<ArchiveFile> file;
  torch::jit::Module module;
  /// forward's example inputs in argument order (tensors have shape and dtype, no data), if recorded.
  std::optional<std::vector<c10::IValue>> example_inputs;
  std::optional<std::string> record;  ///< extra file modelexport.json
};

LoadedArchive load_archive(const std::string& path, ArchiveFile::Weights weights);

}  // namespace modelexport::torchscript
