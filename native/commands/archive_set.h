// The archives that one export reads: a single one, or the parts of an encoder-decoder model in a directory.
//
// Purpose   modelexport.capture writes a directory of archives under the names that loaders know; whoever
// made
//           them by hand uses the same names. Each part becomes one ONNX file beside the others.
#pragma once

#include <string>
#include <vector>

#include "modelexport/result.h"

namespace modelexport::commands {

struct ArchivePart {
  std::string archive;  ///< path
  std::string onnx;     ///< file name of the result; "" is the one that OUT says
};

/// The names without ending, in the order of export: encoder_model, decoder_model, …, model.
const std::vector<std::string>& part_names();

/// The archives of a directory under those names, .pt or .pt2; empty if there is none. cli_usage when a
/// part is there in both forms.
Result<std::vector<ArchivePart>> archives_in(const std::string& directory);

/// Whether the archives are more than one model.
bool is_set(const std::vector<ArchivePart>& parts);

}  // namespace modelexport::commands
