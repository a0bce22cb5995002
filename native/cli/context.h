// What a running command gets: its arguments, the terminal, and where to print.
//
// Purpose   Commands print data through `out` (standard output) and speak through note/warn (standard error),
//           so that --quiet, --json and colour are decided in one place.
#pragma once

#include <string>
#include <string_view>

#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "json/json.h"

namespace modelexport::cli {

class Context {
 public:
  Context(const CommandTable& table, Arguments arguments, bool (*cancelled)());

  const CommandTable& table;
  const Arguments arguments;
  const Terminal terminal;
  Output out;
  ProgressBar progress;

  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] bool quiet() const { return quiet_; }
  [[nodiscard]] bool verbose() const { return verbose_; }
  [[nodiscard]] bool offline() const { return is_true(setting("offline").value); }
  [[nodiscard]] SettingValue setting(std::string_view name) const { return cli::setting(arguments, name); }

  /// A JSON document as the command's result.
  void print(const json::Json& document);
  /// Plain lines on standard error, not under --quiet.
  void say(std::string_view text);
  void note(std::string_view text) { say("note: " + std::string(text)); }
  /// A warning with code; printed also in --json mode, as standard error is free there.
  void warn(const Diagnostic& diagnostic);

 private:
  bool json_;
  bool quiet_;
  bool verbose_;
};

/// Writes to standard error, ignoring failures.
void write_error(std::string_view text);

/// Everything between main() and the command: parse, run, render the error, flush. Returns the exit code.
int run_program(const CommandTable& table, const std::vector<std::string>& words, bool (*cancelled)());

}  // namespace modelexport::cli
