// Completion scripts for bash, zsh and fish, made from the command table.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace modelexport::cli {

/// "" for a shell that is not known.
std::string completion_script(const CommandTable& table, std::string_view shell);

}  // namespace modelexport::cli
