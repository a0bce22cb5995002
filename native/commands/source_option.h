// What the command line's settings say about classifying sources.
#pragma once

#include <string>

#include "cli/context.h"
#include "modelexport/source.h"

namespace modelexport::commands {

source::ClassifyOptions classify_options(const cli::Context& context);

/// Classifies with the file system; the Hub client joins here.
source::Source classify_source(const cli::Context& context, const std::string& input);

}  // namespace modelexport::commands
