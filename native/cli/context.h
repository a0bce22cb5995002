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
  Context(const CommandTable& table, Arguments arguments, bool (*cancelled)(), Printed* printed = nullptr);

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
  /// Text as it is on standard error, also under --quiet: why a run fails.
  void write_error(std::string_view text);

 private:
  Printed* printed_;
  bool json_;
  bool quiet_;
  bool verbose_;
};

/// Everything between main() and the command: parse, run, render the error, flush. Returns the exit code.
/// `cancelled` is asked by long work. With `printed` nothing reaches the process's own standard output and
/// error: they are strings without colour and progress, as for the Python extension. Several threads may run
/// at once.
int run_program(const CommandTable& table, const std::vector<std::string>& words, bool (*cancelled)(),
                Printed* printed = nullptr);

}  // namespace modelexport::cli
