// Writing an edited model: into a new file, or over the old one.
#pragma once

#include <string>

#include "cli/context.h"
#include "io/file_source.h"
#include "modelexport/edit_plan.h"

namespace modelexport::commands {

/// A new file, whole or not at all.
Status write_edited(cli::Context& context, const onnx::EditPlan& plan, const io::FileSource& source,
                    const std::string& path, bool force);

/// Only the very end of a file is overwritten in place; any other change goes through a new file and a
/// rename, so that an interruption leaves the old one.
Status edit_in_place(cli::Context& context, const onnx::EditPlan& plan, const io::FileSource& source,
                     const std::string& path);

}  // namespace modelexport::commands
