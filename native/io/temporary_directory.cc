#include "io/temporary_directory.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "io/posix_error.h"

namespace modelexport::io {

TemporaryDirectory::TemporaryDirectory(std::string path) : path_(std::move(path)), registration_(path_) {}

Result<std::unique_ptr<TemporaryDirectory>> TemporaryDirectory::create() {
  const char* base = std::getenv("TMPDIR");
  std::string pattern = std::string(base == nullptr || *base == 0 ? "/tmp" : base) + "/modelexport-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return fail(ErrorCode::io_temporary, "cannot make a temporary directory: " + errno_text(errno),
                {.path = base == nullptr ? "/tmp" : base},
                "name another place: TMPDIR=/other/place modelexport …");
  }
  return std::unique_ptr<TemporaryDirectory>(new TemporaryDirectory(std::move(pattern)));
}

Result<std::unique_ptr<TemporaryDirectory>> TemporaryDirectory::create_beside(const std::string& output) {
  std::string directory = output;
  do {
    const std::size_t slash = directory.find_last_of('/');
    if (slash == std::string::npos) {
      directory = ".";
    } else {
      directory.resize(std::max<std::size_t>(slash, 1));
    }
  } while (::access(directory.c_str(), F_OK) != 0 && directory != "." && directory != "/");
  std::string pattern = directory + "/.modelexport-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return fail(ErrorCode::io_temporary, "cannot make a temporary directory: " + errno_text(errno),
                {.path = directory}, "choose another place: -o /other/place/OUT");
  }
  return std::unique_ptr<TemporaryDirectory>(new TemporaryDirectory(std::move(pattern)));
}

std::string TemporaryDirectory::file(const std::string& name) {
  files_.push_back(path_ + "/" + name);
  file_registrations_.emplace_back(files_.back());
  return files_.back();
}

TemporaryDirectory::~TemporaryDirectory() {
  for (const std::string& file : files_) ::unlink(file.c_str());
  ::rmdir(path_.c_str());
}

}  // namespace modelexport::io
