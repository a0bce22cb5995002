// Capturing a model directory or Hub id: `python -m modelexport.capture` in the user's own PyTorch.
#pragma once

#include <memory>
#include <string>

#include "cli/context.h"
#include "io/temporary_directory.h"

namespace modelexport::commands {

struct Captured {
  std::unique_ptr<io::TemporaryDirectory> directory;  ///< holds archives under the names of part_names()
};

/// `all`: every archive that a loader needs, with key/value cache where the model generates text; else one
/// archive, with cache if --with-past asks for it. Runs the capture. capture_unavailable (with the command to
/// run elsewhere) when there is no Python with modelexport.capture, torch and transformers, or with
/// --no-capture; the capture's own error when it ran.
Result<Captured> capture_model(cli::Context& context, const std::string& source, bool all);

/// "python3 -m modelexport.capture SOURCE -o model.pt && modelexport export model.pt …": what to do instead.
std::string capture_command(const cli::Context& context, const std::string& source, bool all);

}  // namespace modelexport::commands
