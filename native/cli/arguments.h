// A parsed command line: the command, its options and its positional arguments.
//
// Purpose   Splits argv by the command table. Understands --name=value, --name value, -o value, -oVALUE,
// `--`,
//           old names of commands and options, and options before the command.
// Errors    cli_usage with did-you-mean, cli_not_supported_yet for planned names.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace modelexport::cli {

class Arguments {
 public:
  [[nodiscard]] const Command* command() const { return command_; }
  [[nodiscard]] bool has(std::string_view option) const { return values_.find(option) != values_.end(); }
  /// The value of an option, or `fallback`.
  [[nodiscard]] std::string get(std::string_view option, std::string_view fallback = {}) const;
  [[nodiscard]] const std::vector<std::string>& all(std::string_view option) const;
  [[nodiscard]] const std::vector<std::string>& positional() const { return positional_; }
  /// Sentences about old spellings that were used, each once.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  /// -h rather than --help.
  [[nodiscard]] bool short_help() const { return short_help_; }

 private:
  friend class Parser;
  const Command* command_ = nullptr;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positional_;
  std::vector<std::string> notes_;
  bool short_help_ = false;
};

/// `words` is argv without the program's name.
Result<Arguments> parse_arguments(const CommandTable& table, const std::vector<std::string>& words);

/// The parts of "auto|always|never".
std::vector<std::string> split_choices(std::string_view choices);

}  // namespace modelexport::cli
