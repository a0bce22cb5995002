#include "cli/help.h"

#include <gtest/gtest.h>

#include "cli/completion.h"
#include "cli/settings.h"
#include "commands/table.h"

namespace modelexport::cli {
namespace {

using commands::command_table;

// Everything that a user can type is in every text that is made from the table.
TEST(Help, EveryCommandAndOptionIsInHelpManPageAndCompletion) {
  const std::string program = program_help(command_table());
  const std::string man = man_page(command_table(), "1.0.0");
  for (const Command* command : command_table().commands) {
    ASSERT_NE(command->run, nullptr) << command->name;
    if (command->hidden) continue;
    const std::string name(command->name);
    EXPECT_NE(program.find("  " + name + " "), std::string::npos) << name;
    EXPECT_NE(man.find(".SS modelexport " + name), std::string::npos) << name;
    const std::string help = command_help(*command, true);
    for (const char* shell : {"bash", "zsh", "fish"}) {
      EXPECT_NE(completion_script(command_table(), shell).find(name), std::string::npos)
          << shell << " " << name;
    }
    for (const Option& option : command->options) {
      const std::string shown = "--" + std::string(option.name);
      const bool in_help =
          help.find(shown + " ") != std::string::npos || help.find(shown + "\n") != std::string::npos;
      EXPECT_EQ(in_help, !option.planned) << name << " " << shown;
      if (!option.planned) {
        EXPECT_NE(completion_script(command_table(), "bash").find(shown), std::string::npos) << shown;
      }
    }
  }
}

TEST(Help, CommandsSayWhatTheyDoAndShowExamples) {
  for (const Command* command : command_table().commands) {
    if (command->hidden) continue;
    EXPECT_FALSE(command->summary.empty()) << command->name;
    EXPECT_FALSE(command->description.empty()) << command->name;
    EXPECT_FALSE(command->examples.empty()) << command->name;
  }
}

TEST(Help, LinesFitATerminal) {
  for (const Command* command : command_table().commands) {
    const std::string help = command_help(*command, true);
    std::size_t start = 0;
    for (std::size_t end = help.find('\n'); end != std::string::npos; end = help.find('\n', start)) {
      EXPECT_LE(end - start, 110U) << help.substr(start, end - start);
      start = end + 1;
    }
  }
}

TEST(Completion, UnknownShellsHaveNone) { EXPECT_EQ(completion_script(command_table(), "tcsh"), ""); }

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_EQ(wrap("aaa bbb ccc", 7, 2), "aaa bbb\n  ccc");
  EXPECT_EQ(wrap("averylongword x", 4, 0), "averylongword\nx");
}

TEST(Settings, TheOptionBeatsTheEnvironmentBeatsTheDefault) {
  ::unsetenv("MODELEXPORT_PYTHON");
  auto none = parse_arguments(command_table(), {"doctor"});
  auto given = parse_arguments(command_table(), {"doctor", "--python", "/opt/python"});
  ASSERT_TRUE(none && given);
  EXPECT_EQ(setting(*none, "python").value, "python3");
  EXPECT_EQ(setting(*none, "python").origin, "default");
  ::setenv("MODELEXPORT_PYTHON", "/env/python", 1);
  EXPECT_EQ(setting(*none, "python").value, "/env/python");
  EXPECT_EQ(setting(*none, "python").origin, "MODELEXPORT_PYTHON");
  EXPECT_EQ(setting(*given, "python").origin, "--python");
  ::unsetenv("MODELEXPORT_PYTHON");
  ::setenv("HF_TOKEN", "hf_secret", 1);
  EXPECT_EQ(setting(*none, "token").value, "set");
  ::unsetenv("HF_TOKEN");
}

}  // namespace
}  // namespace modelexport::cli
