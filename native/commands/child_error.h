// The error of a program that we ran, in its JSON form, as a Diagnostic of ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "modelexport/result.h"

namespace modelexport::commands {

/// The {"error": {…}} object in a child's standard output, if there is one. A code that this program does not
/// know becomes `unknown`, with the child's code kept in the message.
std::optional<Diagnostic> parse_child_error(std::string_view output, ErrorCode unknown);

/// The last lines of a child's messages, for errors that have nothing better.
std::string last_lines(std::string_view text, std::size_t count);

}  // namespace modelexport::commands
