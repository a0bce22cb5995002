#include "io/temporary_directory.h"

#include <unistd.h>

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
