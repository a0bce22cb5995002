// `completion` and the hidden `generate`: scripts and the man page from the command table. And `help`.
#include "cli/completion.h"

#include "cli/context.h"
#include "cli/did_you_mean.h"
#include "cli/help.h"
#include "commands/table.h"
#include "report/check_report.h"

namespace modelexport::commands {
namespace {

Result<int> run_completion(cli::Context& context) {
  const std::string& shell = context.arguments.positional()[0];
  const std::string script = cli::completion_script(context.table, shell);
  if (script.empty()) {
    return fail(ErrorCode::cli_usage, "no completion for '" + shell + "'", {}, "shells: bash, zsh, fish");
  }
  context.out.write(script);
  return 0;
}

Result<int> run_generate(cli::Context& context) {
  const std::string& what = context.arguments.positional()[0];
  if (what == "rules") {
    context.out.write(report::rules_page());
    return 0;
  }
  if (what != "man")
    return fail(ErrorCode::cli_usage, "cannot generate '" + what + "'", {}, "modelexport generate man");
  context.out.write(cli::man_page(context.table, MODELEXPORT_VERSION));
  return 0;
}

Result<int> run_help(cli::Context& context) {
  if (context.arguments.positional().empty()) {
    context.out.write(cli::program_help(context.table));
    return 0;
  }
  const std::string& name = context.arguments.positional()[0];
  const cli::Command* command = context.table.find(name);
  if (command == nullptr) {
    std::vector<std::string> names;
    for (const cli::Command* known : context.table.commands) names.emplace_back(known->name);
    const std::string meant = cli::did_you_mean(name, names);
    return fail(ErrorCode::cli_usage, "unknown command '" + name + "'", {},
                meant.empty() ? "modelexport --help" : "did you mean modelexport help " + meant + "?");
  }
  context.out.write(cli::command_help(*command, true));
  return 0;
}

constexpr cli::Example kCompletionExamples[] = {
    {"modelexport completion bash > ~/.local/share/bash-completion/completions/modelexport", "For bash"},
    {"modelexport completion zsh > ~/.zfunc/_modelexport", "For zsh"},
    {"modelexport completion fish > ~/.config/fish/completions/modelexport.fish", "For fish"},
};

}  // namespace

constexpr cli::Command kCompletion{
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "a completion script for a shell",
    .description = "Prints a script that completes commands, options and their values.",
    .options = {},
    .option_aliases = {},
    .examples = kCompletionExamples,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_completion,
};

constexpr cli::Command kHelp{
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "help for a command",
    .description = "Prints what `COMMAND --help` prints.",
    .options = {},
    .option_aliases = {},
    .examples = {},
    .max_arguments = 1,
    .run = run_help,
    .hidden = true,
};

constexpr cli::Command kGenerate{
    .name = "generate",
    .arguments = "man|rules",
    .summary = "the man page, or the page of check's rules",
    .description = "Prints the man page's source, or the rules of check as Markdown.",
    .options = {},
    .option_aliases = {},
    .examples = {},
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_generate,
    .hidden = true,
};

}  // namespace modelexport::commands
