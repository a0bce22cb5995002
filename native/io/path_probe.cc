#include "io/path_probe.h"

#include <sys/stat.h>

#include <string>

namespace modelexport::io {

bool FilePathProbe::exists(std::string_view path) const {
  struct stat info {};
  return ::stat(std::string(path).c_str(), &info) == 0;
}

bool FilePathProbe::is_directory(std::string_view path) const {
  struct stat info {};
  return ::stat(std::string(path).c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace modelexport::io
