#include "io/linked_view.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "io/posix_error.h"

namespace modelexport::io {

LinkedView::LinkedView(std::string directory) : directory_(std::move(directory)), registration_(directory_) {}

Result<std::unique_ptr<LinkedView>> LinkedView::create(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0) return output_error("create the directory", directory, errno);
  return std::unique_ptr<LinkedView>(new LinkedView(directory));
}

std::string LinkedView::add(const std::string& name) {
  files_.push_back(path_of(name));
  file_registrations_.emplace_back(files_.back());
  return files_.back();
}

LinkedView::~LinkedView() {
  for (const std::string& file : files_) ::unlink(file.c_str());
  ::rmdir(directory_.c_str());
}

}  // namespace modelexport::io
