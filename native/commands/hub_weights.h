// The safetensors of a Hub model's commit, and what an ONNX file has in common with them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "check/weight_digests.h"
#include "cli/context.h"
#include "commands/onnx_file.h"
#include "io/file_tree.h"
#include "modelexport/source.h"
#include "safetensors/compare.h"

namespace modelexport::commands {

/// A weight file and its name in the repository.
struct HubWeightFile {
  std::unique_ptr<ByteSource> source;
  std::string name;
  std::string sha256;
};

/// Metadata of the ONNX file: another file of that name, beside it by chance, is not taken for the Hub's.
using check::kWeightFileKey;

/// model.safetensors or its shards: from the shared cache, else by ranges from the Hub, for comparing in
/// ascending order. hub_file_not_found if the model has none.
Result<std::vector<HubWeightFile>> open_hub_weights(cli::Context& context, source::Source& source,
                                                    const Limits& limits);

/// Compares the file's initializers with the commit's safetensors by name: hub_weights_differ unless all that
/// can be compared are equal, and that is nine tenths of the bytes, with no weight among the rest.
Status verify_weights(cli::Context& context, const OnnxFile& file, source::Source& source,
                      const Limits& limits);

}  // namespace modelexport::commands
