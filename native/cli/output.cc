#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace modelexport::cli {
namespace {
constexpr std::size_t kBuffer = 64 << 10;
}

void Output::write(std::string_view text) {
  if (text_ != nullptr) {
    text_->append(text);
    return;
  }
  buffer_ += text;
  if (buffer_.size() >= kBuffer) drain();
}

void Output::drain() {
  std::string_view rest = buffer_;
  while (error_ == 0 && !rest.empty()) {
    const ssize_t put = ::write(fd_, rest.data(), rest.size());
    if (put >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
}

Status Output::flush() {
  drain();
  if (error_ == 0 || error_ == EPIPE) return {};
  return fail(ErrorCode::io_write, "cannot write: " + std::generic_category().message(error_),
              {.path = "(standard output)"}, "send the output to another place");
}

}  // namespace modelexport::cli
