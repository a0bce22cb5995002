// Settings with their origin: option > environment > default.
//
// Purpose   One table says which environment variables the program reads; `doctor` prints it. Variables of
//           others (HF_*) mean what their owners define.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/arguments.h"

namespace modelexport::cli {

struct Setting {
  std::string_view name;
  std::string_view option;       ///< option without dashes, "" if none
  std::string_view environment;  ///< names separated by spaces, the first that is set wins
  std::string_view fallback;     ///< default as text
  std::string_view help;
  bool secret = false;  ///< shown as "set"
};

struct SettingValue {
  std::string value;
  std::string origin;  ///< "--python", "MODELEXPORT_PYTHON", "default"
  [[nodiscard]] bool is_default() const { return origin == "default"; }
};

std::span<const Setting> all_settings();
/// The value of the setting called `name` (which must exist).
SettingValue setting(const Arguments& arguments, std::string_view name);
/// "1", "true", "yes", "on" in any case, as the Hub's libraries read switches.
bool is_true(std::string_view value);

}  // namespace modelexport::cli
