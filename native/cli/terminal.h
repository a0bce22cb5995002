// What standard output and standard error are connected to, and whether messages may be coloured.
#pragma once

#include <string>
#include <string_view>

namespace modelexport::cli {

enum class ColorMode { automatic, always, never };

/// --color > NO_COLOR (present and not empty) > CLICOLOR_FORCE (present and not "0") > terminal and
/// TERM≠dumb.
bool decide_color(ColorMode mode, bool is_terminal, const char* no_color, const char* clicolor_force,
                  const char* term);

struct Terminal {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool color_out = false;
  bool color_err = false;
  int width = 100;  ///< columns of standard error

  static Terminal detect(ColorMode mode);
};

enum class Style { plain, bold, red, yellow, cyan, dim };
/// `text` in a style, or as it is without colour.
std::string styled(std::string_view text, Style style, bool color);

}  // namespace modelexport::cli
