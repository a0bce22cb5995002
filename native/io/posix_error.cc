#include "io/posix_error.h"

#include <cerrno>
#include <system_error>

#include "result/shell_word.h"

namespace modelexport::io {

std::string errno_text(int error) { return std::generic_category().message(error); }

tl::unexpected<Diagnostic> input_error(std::string_view action, const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR) {
    return fail(ErrorCode::io_not_found, "no such file or directory", {.path = path},
                "check the spelling; paths are relative to the current directory");
  }
  const std::string hint =
      error == EACCES || error == EPERM ? "check the permissions: ls -l " + shell_word(path) : "";
  return fail(ErrorCode::io_read, "cannot " + std::string(action) + ": " + errno_text(error), {.path = path},
              hint);
}

namespace {

/// Errors that say "this place takes no files" rather than "writing broke off".
bool refuses_files(int error) {
  return error == ENOENT || error == ENOTDIR || error == EACCES || error == EPERM || error == EROFS ||
         error == ELOOP || error == ENAMETOOLONG;
}

std::string write_hint(int error) {
  if (error == ENOSPC || error == EDQUOT)
    return "free some space, or choose another place: -o /other/disk/OUT";
  if (error == EFBIG) return "raise the file size limit (ulimit -f), or choose another file system";
  return "choose another place: -o OTHER";
}

}  // namespace

tl::unexpected<Diagnostic> output_error(std::string_view action, const std::string& path, int error) {
  const std::string message = "cannot " + std::string(action) + ": " + errno_text(error);
  if (refuses_files(error)) {
    return fail(ErrorCode::io_output_directory, message, {.path = path},
                "choose a directory that you may write to: -o OTHER");
  }
  return fail(ErrorCode::io_write, message, {.path = path}, write_hint(error));
}

}  // namespace modelexport::io
