#include "cli/help.h"

#include <algorithm>

#include "cli/settings.h"

namespace modelexport::cli {
namespace {

constexpr std::size_t kWidth = 96;
constexpr std::size_t kNameColumn = 28;
constexpr std::string_view kExitCodes[][2] = {
    {"0", "ok"},
    {"1", "findings: a check, comparison or verification failed"},
    {"2", "usage"},
    {"3", "input missing, unreadable, invalid or unsupported"},
    {"4", "network, Hub or authentication"},
    {"5", "output not writable, or exists without --force"},
    {"130", "interrupted"},
};

/// "  -o, --output OUT   text", wrapped.
std::string row(std::string left, std::string_view right) {
  left = "  " + left;
  if (left.size() + 2 > kNameColumn) {
    left += "\n" + std::string(kNameColumn, ' ');
  } else {
    left.resize(kNameColumn, ' ');
  }
  // The wrapped text starts at the column already, so its own first line is not indented.
  return left + wrap(right, kWidth - kNameColumn, kNameColumn) + "\n";
}

std::string option_names(const Option& option) {
  std::string text = option.letter == 0 ? "    " : std::string("-") + option.letter + ", ";
  text += "--" + std::string(option.name);
  if (!option.value.empty()) text += " " + std::string(option.value);
  return text;
}

std::string option_help(const Option& option) {
  std::string text(option.help);
  if (!option.choices.empty()) text += " (" + std::string(option.choices) + ")";
  if (option.repeated) text += "; may be repeated";
  return text;
}

std::string option_rows(std::span<const Option> options) {
  std::string text;
  for (const Option& option : options) {
    if (!option.planned) text += row(option_names(option), option_help(option));
  }
  return text;
}

bool has_shown_options(const Command& command) {
  return std::any_of(command.options.begin(), command.options.end(),
                     [](const Option& o) { return !o.planned; });
}

std::string examples(const Command& command) {
  std::string text;
  for (const Example& example : command.examples) {
    text += "  # " + std::string(example.what) + "\n  " + std::string(example.command) + "\n";
  }
  return text;
}

/// Text for roff: backslashes, leading dots and hyphens protected.
std::string roff(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (i == 0 || text[i - 1] == '\n')) out += "\\&";
      out += c;
    }
  }
  return out;
}

std::string roff_options(std::span<const Option> options) {
  std::string text;
  for (const Option& option : options) {
    if (option.planned) continue;
    std::string names = option_names(option);
    names.erase(0, names.find_first_not_of(' '));
    text += ".TP\n\\fB" + roff(names) + "\\fR\n" + roff(option_help(option)) + "\n";
  }
  return text;
}

}  // namespace

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (column > 0 && column + 1 + word.size() > width) {
      out += "\n" + std::string(indent, ' ');
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    if (end < text.size() && text[end] == '\n') {
      out += "\n" + std::string(indent, ' ');
      column = 0;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string program_help(const CommandTable& table) {
  std::string text =
      "modelexport turns PyTorch archives into ONNX files that keep the module hierarchy.\n\n"
      "Usage: modelexport COMMAND [ARGUMENTS]\n\nCommands:\n";
  for (const Command* command : table.commands) {
    if (!command->hidden) text += row(std::string(command->name), command->summary);
  }
  text += "\nOptions of every command:\n" + option_rows(global_options());
  text += "\nExamples:\n";
  for (const Command* command : table.commands) {
    if (!command->hidden && !command->examples.empty()) {
      text += "  # " + std::string(command->examples[0].what) + "\n  " +
              std::string(command->examples[0].command) + "\n";
    }
    if (command->name == "inspect") break;  // the first few tell the story
  }
  text += "\nExit codes:\n";
  for (const auto& code : kExitCodes) text += row(std::string(code[0]), code[1]);
  text += "\nMore about a command: modelexport COMMAND --help\n";
  return text;
}

std::string command_help(const Command& command, bool full) {
  std::string text = "Usage: modelexport " + std::string(command.name);
  if (!command.arguments.empty()) text += " " + std::string(command.arguments);
  text += "\n\n";
  text += full ? wrap(command.description, kWidth, 0) : std::string(command.summary);
  text += "\n";
  if (has_shown_options(command)) text += "\nOptions:\n" + option_rows(command.options);
  if (!full) return text + "\nMore, with examples: modelexport " + std::string(command.name) + " --help\n";
  text += "\nOptions of every command:\n" + option_rows(global_options());
  if (!command.examples.empty()) text += "\nExamples:\n" + examples(command);
  return text;
}

std::string man_page(const CommandTable& table, std::string_view version) {
  std::string text =
      ".TH MODELEXPORT 1 \"\" \"modelexport " + std::string(version) + "\" \"User Commands\"\n";
  text += ".SH NAME\nmodelexport \\- PyTorch archives to ONNX files that keep the module hierarchy\n";
  text += ".SH SYNOPSIS\n.B modelexport\n.I COMMAND\n[\\fIARGUMENTS\\fR]\n.SH COMMANDS\n";
  for (const Command* command : table.commands) {
    if (command->hidden) continue;
    text += ".SS modelexport " + roff(command->name) + " " + roff(command->arguments) + "\n";
    text += roff(command->description) + "\n" + roff_options(command->options);
    for (const Example& example : command->examples) {
      text += ".PP\n" + roff(example.what) + ":\n.RS\n.nf\n" + roff(example.command) + "\n.fi\n.RE\n";
    }
  }
  text += ".SH OPTIONS OF EVERY COMMAND\n" + roff_options(global_options());
  text += ".SH ENVIRONMENT\n";
  for (const Setting& setting : all_settings()) {
    text += ".TP\n\\fB" + roff(setting.environment) + "\\fR\n" + roff(setting.help) + "\n";
  }
  text += ".SH EXIT STATUS\n";
  for (const auto& code : kExitCodes) text += ".TP\n" + std::string(code[0]) + "\n" + roff(code[1]) + "\n";
  return text;
}

}  // namespace modelexport::cli
