// The command table's types: what a command is called, takes and says about itself, and the function it runs.
//
// Purpose   Parsing, help, completion, the man page and did-you-mean are all made from these tables, so a
//           command exists in one place only. Tables are constexpr: starting the program builds nothing.
// Adding    One file in native/commands with a `constexpr Command`, one row in commands/table.cc, and a
// golden
//           test in tests/cli.
#pragma once

#include <span>
#include <string_view>

#include "modelexport/result.h"

namespace modelexport::cli {

class Context;

struct Option {
  std::string_view name;        ///< "source" for --source
  char letter = 0;              ///< 'o' for -o
  std::string_view value = {};  ///< placeholder such as "SOURCE"; empty for a switch
  std::string_view help = {};
  std::string_view choices = {};  ///< "auto|always|never"
  bool repeated = false;          ///< may be given several times
  bool planned = false;           ///< part of the contract, refused with cli_not_supported_yet
};

/// An old spelling: `--clean-onnx` stands for `--hierarchy none`.
struct OptionAlias {
  std::string_view name;
  std::string_view stands_for;
  std::string_view value = {};
};

struct Example {
  std::string_view command;
  std::string_view what;
};

struct Command {
  std::string_view name;
  std::string_view arguments;    ///< "ARCHIVE|SOURCE -o OUT"
  std::string_view summary;      ///< one line, lower case, no full stop
  std::string_view description;  ///< paragraphs for --help
  std::span<const Option> options;
  std::span<const OptionAlias> option_aliases;
  std::span<const Example> examples;
  std::size_t min_arguments = 0;
  std::size_t max_arguments = 0;
  /// The exit code, or the error that ends the command.
  Result<int> (*run)(Context&) = nullptr;
  bool hidden = false;
};

/// Another name of a command; prints the new form once if `old_name`.
struct CommandAlias {
  std::string_view name;
  std::string_view stands_for;
  bool old_name = false;
};

/// Commands of the contract that this version does not have.
struct PlannedCommand {
  std::string_view name;
  std::string_view summary;
};

struct CommandTable {
  std::span<const Command* const> commands;
  std::span<const CommandAlias> aliases;
  std::span<const PlannedCommand> planned;

  [[nodiscard]] const Command* find(std::string_view name) const;
};

/// Options that every command takes.
std::span<const Option> global_options();
/// The option called `name` (without dashes) of a command or of all commands; nullptr if none.
const Option* find_option(const Command* command, std::string_view name);
const Option* find_option(const Command* command, char letter);

}  // namespace modelexport::cli
