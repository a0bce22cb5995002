#include "cli/command.h"

namespace modelexport::cli {
namespace {

constexpr Option kGlobalOptions[] = {
    {.name = "json", .help = "print the result (or the error) as one JSON object on standard output"},
    {.name = "quiet", .letter = 'q', .help = "print errors only"},
    {.name = "verbose", .letter = 'v', .help = "print more about what is done"},
    {.name = "color", .value = "WHEN", .help = "colour messages", .choices = "auto|always|never"},
    {.name = "no-progress", .help = "draw no progress"},
    {.name = "offline", .help = "use no network"},
    {.name = "help", .letter = 'h', .help = "print help: -h short, --help with description and examples"},
    {.name = "version", .help = "print the version"},
};

template <class Match>
const Option* find_if(const Command* command, Match match) {
  if (command != nullptr) {
    for (const Option& option : command->options) {
      if (match(option)) return &option;
    }
  }
  for (const Option& option : kGlobalOptions) {
    if (match(option)) return &option;
  }
  return nullptr;
}

}  // namespace

std::span<const Option> global_options() { return kGlobalOptions; }

const Option* find_option(const Command* command, std::string_view name) {
  return find_if(command, [&](const Option& option) { return option.name == name; });
}

const Option* find_option(const Command* command, char letter) {
  return find_if(command, [&](const Option& option) { return letter != 0 && option.letter == letter; });
}

const Command* CommandTable::find(std::string_view name) const {
  for (const Command* command : commands) {
    if (command->name == name) return command;
  }
  return nullptr;
}

}  // namespace modelexport::cli
