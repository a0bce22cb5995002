#include "cli/arguments.h"

#include "cli/did_you_mean.h"

namespace modelexport::cli {
namespace {

tl::unexpected<Diagnostic> usage(std::string message, std::string hint) {
  return fail(ErrorCode::cli_usage, std::move(message), {}, std::move(hint));
}

std::string help_hint(const Command* command) {
  return command == nullptr ? "modelexport --help" : "modelexport " + std::string(command->name) + " --help";
}

std::string meant_hint(const std::string& meant, const Command* command) {
  return meant.empty() ? help_hint(command) : "did you mean " + meant + "?  See " + help_hint(command);
}

}  // namespace

std::vector<std::string> split_choices(std::string_view choices) {
  std::vector<std::string> parts;
  while (!choices.empty()) {
    const std::size_t bar = choices.find('|');
    parts.emplace_back(choices.substr(0, bar));
    choices.remove_prefix(bar == std::string_view::npos ? choices.size() : bar + 1);
  }
  return parts;
}

std::string Arguments::get(std::string_view option, std::string_view fallback) const {
  const auto it = values_.find(option);
  return it == values_.end() || it->second.empty() ? std::string(fallback) : it->second.back();
}

const std::vector<std::string>& Arguments::all(std::string_view option) const {
  static const std::vector<std::string> none;
  const auto it = values_.find(option);
  return it == values_.end() ? none : it->second;
}

/// Walks the words once; `result_` is complete when run() returns without error.
class Parser {
 public:
  Parser(const CommandTable& table, const std::vector<std::string>& words) : table_(table), words_(words) {}

  Result<Arguments> run() {
    ME_CHECK(find_command());
    for (at_ = 0; at_ < words_.size(); ++at_) {
      if (at_ == command_at_) continue;
      const std::string& word = words_[at_];
      if (only_positional_ || word == "-" || word.empty() || word[0] != '-') {
        result_.positional_.push_back(word);
      } else if (word == "--") {
        only_positional_ = true;
      } else if (word.size() > 1 && word[1] == '-') {
        ME_CHECK(long_option(word.substr(2)));
      } else {
        ME_CHECK(letters(word));
      }
    }
    ME_CHECK(check_count());
    return std::move(result_);
  }

 private:
  void note(std::string text) {
    for (const std::string& old : result_.notes_) {
      if (old == text) return;
    }
    result_.notes_.push_back(std::move(text));
  }

  /// The command is the first word that is no (global) option.
  Status find_command() {
    for (std::size_t i = 0; i < words_.size() && words_[i] != "--"; ++i) {
      const std::string& word = words_[i];
      if (word.size() > 1 && word[0] == '-') {
        if (word == "--color") ++i;  // the one global option with a value
        continue;
      }
      command_at_ = i;
      return resolve_command(word);
    }
    return {};
  }

  Status resolve_command(std::string name) {
    for (const CommandAlias& alias : table_.aliases) {
      if (alias.name != name) continue;
      if (alias.old_name) note("`" + name + "` is now `" + std::string(alias.stands_for) + "`");
      name = alias.stands_for;
      break;
    }
    result_.command_ = table_.find(name.substr(0, name.find(' ')));
    if (result_.command_ != nullptr) return {};
    for (const PlannedCommand& planned : table_.planned) {
      if (planned.name == name.substr(0, name.find(' '))) {
        return fail(ErrorCode::cli_not_supported_yet,
                    "the command '" + words_[command_at_] + "' is not supported by this version", {},
                    "see what is: modelexport --help");
      }
    }
    std::vector<std::string> names;
    for (const Command* command : table_.commands) {
      if (!command->hidden) names.emplace_back(command->name);
    }
    return usage("unknown command '" + name + "'", meant_hint(did_you_mean(name, names), nullptr));
  }

  Status unknown_option(const std::string& shown, const std::string& name) {
    std::vector<std::string> names;
    if (result_.command_ != nullptr) {
      for (const Option& option : result_.command_->options) names.emplace_back(option.name);
    }
    for (const Option& option : global_options()) names.emplace_back(option.name);
    const std::string meant = name.size() > 1 ? did_you_mean(name, names) : std::string();
    const std::string where =
        result_.command_ == nullptr ? "" : " for '" + std::string(result_.command_->name) + "'";
    return usage("unknown option '" + shown + "'" + where,
                 meant_hint(meant.empty() ? meant : "--" + meant, result_.command_));
  }

  Status long_option(const std::string& text) {
    const std::size_t equals = text.find('=');
    std::string name = text.substr(0, equals);
    std::string value = equals == std::string::npos ? std::string() : text.substr(equals + 1);
    bool has_value = equals != std::string::npos;
    const std::string shown = "--" + name;
    if (result_.command_ != nullptr) {
      for (const OptionAlias& alias : result_.command_->option_aliases) {
        if (alias.name != name) continue;
        name = alias.stands_for;
        if (!alias.value.empty()) {
          value = alias.value;
          has_value = true;
        }
        note("`" + shown + "` is now `--" + name + (alias.value.empty() ? "" : " " + value) + "`");
        break;
      }
    }
    const Option* option = find_option(result_.command_, name);
    if (option == nullptr) return unknown_option(shown, name);
    return take(*option, shown, has_value, std::move(value));
  }

  Status letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* option = find_option(result_.command_, word[i]);
      const std::string shown = std::string("-") + word[i];
      if (option == nullptr) return unknown_option(shown, std::string(1, word[i]));
      if (option->value.empty()) {
        if (word[i] == 'h') result_.short_help_ = true;
        ME_CHECK(take(*option, shown, false, {}));
        continue;
      }
      const bool attached = i + 1 < word.size();
      return take(*option, shown, attached, word.substr(i + 1));
    }
    return {};
  }

  Status take(const Option& option, const std::string& shown, bool has_value, std::string value) {
    if (option.planned) {
      return fail(ErrorCode::cli_not_supported_yet,
                  "the option '" + shown + "' is not supported by this version", {},
                  "leave it out, or see what is supported: " + help_hint(result_.command_));
    }
    if (option.value.empty()) {
      if (has_value) return usage("the option '" + shown + "' takes no value", help_hint(result_.command_));
      result_.values_[std::string(option.name)];
      return {};
    }
    if (!has_value) {
      const bool there = at_ + 1 < words_.size() && at_ + 1 != command_at_;
      const std::string next = there ? words_[at_ + 1] : std::string();
      if (!there || (next.size() > 2 && next.compare(0, 2, "--") == 0)) {
        return usage("the option '" + shown + "' needs a value", shown + " " + std::string(option.value));
      }
      value = next;
      ++at_;
    }
    ME_CHECK(check_choice(option, shown, value));
    std::vector<std::string>& values = result_.values_[std::string(option.name)];
    if (!option.repeated && !values.empty() && values.back() != value) {
      return usage(
          "the option '" + shown + "' is given twice, as '" + values.back() + "' and '" + value + "'",
          "leave one of them out");
    }
    values.push_back(std::move(value));
    return {};
  }

  Status check_choice(const Option& option, const std::string& shown, const std::string& value) {
    if (option.choices.empty()) return {};
    const std::vector<std::string> choices = split_choices(option.choices);
    std::string listed;
    for (const std::string& choice : choices) {
      if (choice == value) return {};
      listed += (listed.empty() ? "" : ", ") + choice;
    }
    const std::string meant = did_you_mean(value, choices);
    return usage("'" + value + "' is no value of '" + shown + "'",
                 (meant.empty() ? "" : "did you mean " + meant + "?  ") + std::string("values: ") + listed);
  }

  Status check_count() {
    const Command* command = result_.command_;
    if (command == nullptr || result_.has("help") || result_.has("version")) return {};
    const std::string form =
        "modelexport " + std::string(command->name) + " " + std::string(command->arguments);
    if (result_.positional_.size() < command->min_arguments) return usage("an argument is missing", form);
    if (result_.positional_.size() > command->max_arguments) {
      return usage("unexpected argument '" + result_.positional_[command->max_arguments] + "'", form);
    }
    return {};
  }

  const CommandTable& table_;
  const std::vector<std::string>& words_;
  Arguments result_;
  std::size_t at_ = 0;
  std::size_t command_at_ = static_cast<std::size_t>(-1);
  bool only_positional_ = false;
};

Result<Arguments> parse_arguments(const CommandTable& table, const std::vector<std::string>& words) {
  return Parser(table, words).run();
}

}  // namespace modelexport::cli
