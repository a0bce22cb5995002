#include "commands/utc_time.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace modelexport::commands {

std::string utc_now() {
  using std::chrono::milliseconds;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  long long ms = std::chrono::duration_cast<milliseconds>(now).count();
  if (const char* fixed = std::getenv("SOURCE_DATE_EPOCH")) {
    char* end = nullptr;
    const long long seconds = std::strtoll(fixed, &end, 10);
    if (end != fixed && *end == '\0' && seconds >= 0 && seconds < (1LL << 40)) ms = seconds * 1000;
  }
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  char text[64] = "1970-01-01T00:00:00";
  if (::gmtime_r(&seconds, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  char tail[16];
  std::snprintf(tail, sizeof tail, ".%03dZ", static_cast<int>(ms % 1000));
  return std::string(text) + tail;
}

}  // namespace modelexport::commands
