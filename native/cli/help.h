// Help texts and the man page, made from the command table.
#pragma once

#include <string>

#include "cli/command.h"

namespace modelexport::cli {

/// `modelexport --help`.
std::string program_help(const CommandTable& table);
/// `modelexport COMMAND -h` (usage and options), with `full` also description, examples and global options.
std::string command_help(const Command& command, bool full);
/// roff source of modelexport(1).
std::string man_page(const CommandTable& table, std::string_view version);

/// Breaks text at spaces so that lines fit `width`, continued lines indented by `indent`.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace modelexport::cli
