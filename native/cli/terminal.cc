#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace modelexport::cli {

bool decide_color(ColorMode mode, bool is_terminal, const char* no_color, const char* clicolor_force,
                  const char* term) {
  if (mode != ColorMode::automatic) return mode == ColorMode::always;
  if (no_color != nullptr && *no_color != 0) return false;
  if (clicolor_force != nullptr && *clicolor_force != 0 && std::string_view(clicolor_force) != "0")
    return true;
  return is_terminal && (term == nullptr || std::string_view(term) != "dumb");
}

Terminal Terminal::detect(ColorMode mode) {
  Terminal terminal;
  terminal.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  terminal.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  const auto color = [&](bool tty) {
    return decide_color(mode, tty, std::getenv("NO_COLOR"), std::getenv("CLICOLOR_FORCE"),
                        std::getenv("TERM"));
  };
  terminal.color_out = color(terminal.out_is_terminal);
  terminal.color_err = color(terminal.err_is_terminal);
  winsize size{};
  if (terminal.err_is_terminal && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = size.ws_col;
  }
  return terminal;
}

std::string styled(std::string_view text, Style style, bool color) {
  if (!color || style == Style::plain) return std::string(text);
  const char* code = "0";
  switch (style) {
    case Style::bold:
      code = "1";
      break;
    case Style::red:
      code = "1;31";
      break;
    case Style::yellow:
      code = "1;33";
      break;
    case Style::cyan:
      code = "36";
      break;
    case Style::dim:
      code = "2";
      break;
    case Style::plain:
      break;
  }
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

}  // namespace modelexport::cli
