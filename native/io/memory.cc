#include "io/memory.h"

#include <charconv>
#include <fstream>
#include <string>

namespace modelexport::io {
namespace {

/// The number of the line "NAME:   123 kB", in bytes.
std::uint64_t kilobytes(const char* path, std::string_view name) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.compare(0, name.size(), name) != 0) continue;
    const std::size_t digit = line.find_first_of("0123456789", name.size());
    std::uint64_t value = 0;
    if (digit != std::string::npos) std::from_chars(line.data() + digit, line.data() + line.size(), value);
    return value * 1024;
  }
  return 0;
}

}  // namespace

std::uint64_t peak_memory() { return kilobytes("/proc/self/status", "VmHWM:"); }
std::uint64_t available_memory() { return kilobytes("/proc/meminfo", "MemAvailable:"); }

}  // namespace modelexport::io
