#include "wire/window.h"

#include <algorithm>
#include <cstring>

namespace modelexport::wire {
namespace {

constexpr std::size_t after_jump = 256;
constexpr std::size_t largest_step = 256U << 10;

}  // namespace

ByteSpan Window::refill(std::uint64_t offset, std::size_t want) {
  if (offset >= size_ || !status_) return {};
  const std::uint64_t left = size_ - offset;
  const std::uint64_t end = begin_ + held_.size();
  if (offset >= begin_ && offset < end && left <= end - offset)
    return ByteSpan(held_).subspan(static_cast<std::size_t>(offset - begin_));  // the source ends here
  const bool reading_on = offset >= begin_ && offset <= end + step_;
  step_ = reading_on ? std::min(std::max(step_ * 2, after_jump), largest_step) : after_jump;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, std::max(step_, want)));
  // What is held already is moved, not read again.
  std::size_t kept = 0;
  if (offset >= begin_ && offset < end) {
    kept = std::min(static_cast<std::size_t>(end - offset), count);
    std::memmove(held_.data(), held_.data() + (offset - begin_), kept);
  }
  held_.resize(count);
  begin_ = offset;
  status_ = source_.read_at(offset + kept, std::span(held_).subspan(kept));
  if (!status_) {
    held_.clear();
    return {};
  }
  bytes_read_ += count - kept;
  ++requests_;
  return ByteSpan(held_);
}

Result<std::string> Window::text(ByteRange range) {
  if (range.offset > size_ || range.size > size_ - range.offset)
    return fail(ErrorCode::io_short_read, "a range reaches past the end of the file",
                {source_.name(), {}, range.offset});
  std::string out(static_cast<std::size_t>(range.size), '\0');
  if (out.empty()) return out;
  // Small texts come through the window, since more of them usually follow; large ones are read directly.
  for (std::size_t done = 0; done < out.size() && range.size <= 4096;) {
    const ByteSpan part = peek(range.offset + done, std::min<std::size_t>(64, out.size() - done));
    if (part.empty()) return fail(status_);
    const std::size_t count = std::min(part.size(), out.size() - done);
    std::memcpy(out.data() + done, part.data(), count);
    done += count;
  }
  if (range.size > 4096) {
    ME_CHECK(source_.read_at(range.offset, std::as_writable_bytes(std::span(out.data(), out.size()))));
    bytes_read_ += range.size;
    ++requests_;
  }
  return out;
}

}  // namespace modelexport::wire
