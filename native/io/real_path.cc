#include "io/real_path.h"

#include <sys/stat.h>

#include <cstdlib>
#include <memory>

namespace modelexport::io {

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : "";
}

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat left {};
  struct stat right {};
  return ::stat(a.empty() ? "." : a.c_str(), &left) == 0 &&
         ::stat(b.empty() ? "." : b.c_str(), &right) == 0 && left.st_dev == right.st_dev &&
         left.st_ino == right.st_ino;
}

}  // namespace modelexport::io
