#include "cli/completion.h"

#include <vector>

#include "cli/arguments.h"

namespace modelexport::cli {
namespace {

template <class Visit>
void each_option(const Command& command, Visit visit) {
  for (const Option& option : command.options) {
    if (!option.planned) visit(option);
  }
  for (const Option& option : global_options()) visit(option);
}

template <class Visit>
void each_command(const CommandTable& table, Visit visit) {
  for (const Command* command : table.commands) {
    if (!command->hidden) visit(*command);
  }
}

std::string spaced_choices(const Option& option) {
  std::string text;
  for (const std::string& choice : split_choices(option.choices)) text += (text.empty() ? "" : " ") + choice;
  return text;
}

/// Inside single quotes of a shell.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + out + "'";
}

std::string bash(const CommandTable& table) {
  std::string names;
  std::string options;
  std::string choices;
  each_command(table, [&](const Command& command) {
    names += (names.empty() ? "" : " ") + std::string(command.name);
    std::string words;
    each_option(command, [&](const Option& option) {
      words += (words.empty() ? "--" : " --") + std::string(option.name);
      if (option.letter != 0) words += std::string(" -") + option.letter;
      if (!option.choices.empty()) {
        choices += "    " + std::string(command.name) + ",--" + std::string(option.name) + ") words='" +
                   spaced_choices(option) + "' ;;\n";
      }
    });
    options += "    " + std::string(command.name) + ") words='" + words + "' ;;\n";
  });
  return "# bash completion for modelexport\n"
         "_modelexport() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= words= "
         "word\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case $word in -*) ;; *) command=$word; break ;; esac\n"
         "  done\n"
         "  if [ -z \"$command\" ]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         names +
         " --help --version' -- \"$current\"))\n"
         "    return\n"
         "  fi\n"
         "  case $command,$previous in\n" +
         choices +
         "  esac\n"
         "  if [ -n \"$words\" ]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "    return\n"
         "  fi\n"
         "  case $current in -*) ;; *) COMPREPLY=($(compgen -f -- \"$current\")); return ;; esac\n"
         "  case $command in\n" +
         options +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o filenames -F _modelexport modelexport\n";
}

/// An argument specification for zsh's _arguments; brackets and colons of the help text are escaped.
std::string zsh_option(const Option& option) {
  std::string help;
  for (const char c : option.help) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') help += '\\';
    help += c;
  }
  std::string spec = std::string(option.repeated ? "*" : "") + "--" + std::string(option.name);
  if (!option.value.empty()) spec += "=";
  spec += "[" + help + "]";
  if (!option.choices.empty()) {
    spec += ":" + std::string(option.value) + ":(" + spaced_choices(option) + ")";
  } else if (!option.value.empty()) {
    spec += ":" + std::string(option.value) + ":_files";
  }
  return quoted(spec);
}

std::string zsh(const CommandTable& table) {
  std::string text =
      "#compdef modelexport\n# zsh completion for modelexport\n_modelexport() {\n"
      "  local -a commands\n  commands=(\n";
  each_command(table, [&](const Command& command) {
    text += "    " + quoted(std::string(command.name) + ":" + std::string(command.summary)) + "\n";
  });
  text +=
      "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  each_command(table, [&](const Command& command) {
    text += "    " + std::string(command.name) + ")\n      _arguments -s";
    each_option(command, [&](const Option& option) { text += " \\\n        " + zsh_option(option); });
    text += " \\\n        '*:file:_files' ;;\n";
  });
  return text + "  esac\n}\n_modelexport \"$@\"\n";
}

std::string fish(const CommandTable& table) {
  std::string text = "# fish completion for modelexport\n";
  each_command(table, [&](const Command& command) {
    text += "complete -c modelexport -n __fish_use_subcommand -f -a " + std::string(command.name) + " -d " +
            quoted(command.summary) + "\n";
  });
  each_command(table, [&](const Command& command) {
    each_option(command, [&](const Option& option) {
      text += "complete -c modelexport -n '__fish_seen_subcommand_from " + std::string(command.name) +
              "' -l " + std::string(option.name);
      if (option.letter != 0) text += std::string(" -s ") + option.letter;
      if (!option.choices.empty()) {
        text += " -x -a " + quoted(spaced_choices(option));
      } else if (!option.value.empty()) {
        text += " -r";
      }
      text += " -d " + quoted(option.help) + "\n";
    });
  });
  return text;
}

}  // namespace

std::string completion_script(const CommandTable& table, std::string_view shell) {
  if (shell == "bash") return bash(table);
  if (shell == "zsh") return zsh(table);
  if (shell == "fish") return fish(table);
  return {};
}

}  // namespace modelexport::cli
