#include "cli/context.h"

#include <unistd.h>

#include <algorithm>
#include <new>

#include "cli/help.h"
#include "cli/render.h"

namespace modelexport::cli {
namespace {

ColorMode color_mode(const Arguments& arguments) {
  const std::string value = setting(arguments, "color").value;
  if (value == "always") return ColorMode::always;
  return value == "never" ? ColorMode::never : ColorMode::automatic;
}

bool progress_wanted(const Arguments& arguments) {
  return !arguments.has("quiet") && !is_true(setting(arguments, "no-progress").value);
}

/// Asked when the command line could not be parsed, but the error must come in the form that was wanted.
bool mentions(const std::vector<std::string>& words, std::string_view option) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, option) != end;
}

/// Writes to standard error, ignoring failures: there is no other place to report them.
void put_error(std::string_view text, Printed* printed) {
  if (printed != nullptr) {
    printed->err += text;
    return;
  }
  [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, text.data(), text.size());
}

Terminal terminal_of(const Arguments& arguments, const Printed* printed) {
  return printed != nullptr ? Terminal() : Terminal::detect(color_mode(arguments));
}

Output output_of(Printed* printed) { return printed != nullptr ? Output(printed->out) : Output(); }

void render_failure(const Diagnostic& diagnostic, bool json, bool color, Printed* printed) {
  if (!json) return put_error(render_diagnostic(diagnostic, color), printed);
  Output out = output_of(printed);
  out.write(render_error_json(diagnostic));
  (void)out.flush();
}

int parse_failure(const Diagnostic& diagnostic, const std::vector<std::string>& words, Printed* printed) {
  render_failure(diagnostic, mentions(words, "--json"), terminal_of(Arguments(), printed).color_err, printed);
  return error_info(diagnostic.code).exit_code;
}

Result<int> run_command(Context& context) {
  const Arguments& arguments = context.arguments;
  const Command* command = arguments.command();
  if (arguments.has("version")) command = context.table.find("version");
  if (arguments.has("help") || (command == nullptr && context.terminal.out_is_terminal)) {
    context.out.write(arguments.command() == nullptr
                          ? program_help(context.table)
                          : command_help(*arguments.command(), !arguments.short_help()));
    return 0;
  }
  if (command == nullptr) return fail(ErrorCode::cli_usage, "no command is given", {}, "modelexport --help");
  return command->run(context);
}

}  // namespace

Context::Context(const CommandTable& commands, Arguments parsed, bool (*cancelled)(), Printed* printed)
    : table(commands),
      arguments(std::move(parsed)),
      terminal(terminal_of(arguments, printed)),
      out(output_of(printed)),
      progress(terminal, printed == nullptr && progress_wanted(arguments), cancelled),
      printed_(printed),
      json_(arguments.has("json")),
      quiet_(arguments.has("quiet")),
      verbose_(arguments.has("verbose")) {}

void Context::print(const json::Json& document) { out.line(json::dump(document, 2)); }

void Context::write_error(std::string_view text) { put_error(text, printed_); }

void Context::say(std::string_view text) {
  if (quiet_) return;
  progress.clear();
  write_error(std::string(text) + "\n");
}

void Context::warn(const Diagnostic& diagnostic) {
  if (quiet_) return;
  progress.clear();
  Diagnostic warning = diagnostic;
  if (warning.severity == Severity::error) warning.severity = Severity::warning;
  write_error(render_diagnostic(warning, terminal.color_err));
}

int run_program(const CommandTable& table, const std::vector<std::string>& words, bool (*cancelled)(),
                Printed* printed) {
  auto arguments = parse_arguments(table, words);
  if (!arguments) return parse_failure(arguments.error(), words, printed);
  Context context(table, std::move(*arguments), cancelled, printed);
  for (const std::string& text : context.arguments.notes()) context.note(text);

  Result<int> code = 0;
  try {
    code = run_command(context);
  } catch (const std::bad_alloc&) {
    code = fail(ErrorCode::cli_out_of_memory, "not enough memory", {}, "see the limits: ulimit -a");
  }
  if (code) {
    if (auto flushed = context.out.flush(); !flushed) code = fail(flushed);
  }
  if (code) return *code;
  context.progress.clear();
  render_failure(code.error(), context.json(), context.terminal.color_err, printed);
  return error_info(code.error().code).exit_code;
}

}  // namespace modelexport::cli
