// The command line's entry: signals, then the command table.
#include "cli/context.h"
#include "commands/table.h"
#include "io/signals.h"

int main(int argc, char** argv) {
  modelexport::io::install_signal_handlers();
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  return modelexport::cli::run_program(modelexport::commands::command_table(), words,
                                       modelexport::io::interrupted);
}
