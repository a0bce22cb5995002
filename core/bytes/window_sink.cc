#include "bytes/window_sink.h"

namespace modelexport {

bool WindowSink::skip(std::uint64_t size) {
  const bool before = position_ < start_ && size <= start_ - position_;
  if (!before && taken_ < enough_) return false;
  position_ += size;
  return true;
}

Status WindowSink::append(ByteSpan bytes) {
  if (skip(bytes.size())) return {};
  const std::uint64_t ahead = start_ > position_ ? start_ - position_ : 0;
  const ByteSpan part = bytes.subspan(static_cast<std::size_t>(ahead));
  position_ += bytes.size();
  taken_ += part.size();
  return to_.append(part);
}

}  // namespace modelexport
