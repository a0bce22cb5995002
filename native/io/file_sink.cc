#include "io/file_sink.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "io/posix_error.h"

namespace modelexport::io {

std::pair<std::string, std::string> split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Status check_output_file(const std::string& path, bool force) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return output_error("create a file here", path, errno);
  }
  if (S_ISLNK(info.st_mode) && ::stat(path.c_str(), &info) != 0) info.st_mode = S_IFREG;
  if (!S_ISREG(info.st_mode)) {
    return fail(
        ErrorCode::io_output_not_a_file,
        S_ISDIR(info.st_mode) ? "the output is a directory" : "the output is a device, pipe or socket",
        {.path = path}, "name a file that may be created: -o OUT.onnx");
  }
  if (force) return {};
  return fail(ErrorCode::io_output_exists, "the output already exists", {.path = path},
              "choose another name with -o, or add --force to replace it");
}

Result<std::unique_ptr<FileSink>> FileSink::open(const std::string& path, OutputOptions options) {
  ME_CHECK(check_output_file(path, options.force));
  const auto [directory, name] = split_path(path);
  ME_TRY(auto file, StagedFile::create(directory, name));
  return std::unique_ptr<FileSink>(new FileSink(std::move(file), options.force));
}

Status FileSink::finish() {
  ME_CHECK(file_->sync());
  ME_CHECK(file_->publish(force_));
  sync_directory(split_path(file_->path()).first);
  return {};
}

Status DescriptorSink::append(ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) {
      ME_CHECK(check_interrupted());
      continue;
    }
    if (put < 0) return output_error("write", name_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace modelexport::io
