#include "modelexport/bytes.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace modelexport {
namespace {

constexpr std::uint64_t kWindow = 1 << 20;

class NoProgress final : public Progress {
 public:
  void update(std::string_view, std::uint64_t, std::uint64_t) override {}
};

/// Offsets come from files: nothing is added before it is known to fit.
Status check_inside(const ByteSource& source, ByteRange range) {
  const std::uint64_t size = source.size();
  if (range.offset <= size && range.size <= size - range.offset) return {};
  return fail(ErrorCode::io_short_read,
              std::to_string(range.size) + " bytes at offset " + std::to_string(range.offset) +
                  " are needed, but there are " + std::to_string(size) + " bytes",
              {source.name(), {}, range.offset},
              "The file is incomplete or damaged: download or copy it again");
}

}  // namespace

Result<Bytes> read_range(const ByteSource& source, ByteRange range, std::uint64_t limit) {
  ME_CHECK(check_inside(source, range));
  if (range.size > limit || range.size > std::numeric_limits<std::size_t>::max() / 2) {
    return fail(ErrorCode::io_too_large,
                std::to_string(range.size) + " bytes would have to be held in memory; the limit is " +
                    std::to_string(limit),
                {source.name(), {}, range.offset});
  }
  Bytes bytes(static_cast<std::size_t>(range.size));
  ME_CHECK(source.read_at(range.offset, bytes));
  return bytes;
}

Result<std::string> read_text(const ByteSource& source, std::uint64_t limit) {
  ME_TRY(const Bytes bytes, read_range(source, {0, source.size()}, limit));
  return std::string(as_text(bytes));
}

Progress& no_progress() {
  static NoProgress progress;
  return progress;
}

Status copy_range(const ByteSource& from, ByteRange range, ByteSink& to) {
  ME_CHECK(check_inside(from, range));
  Bytes window(static_cast<std::size_t>(std::min(range.size, kWindow)));
  for (std::uint64_t done = 0; done < range.size;) {
    const std::uint64_t step = std::min<std::uint64_t>(window.size(), range.size - done);
    const std::span<std::byte> part = std::span(window).first(static_cast<std::size_t>(step));
    ME_CHECK(from.read_at(range.offset + done, part));
    ME_CHECK(to.append(part));
    done += step;
  }
  return {};
}

MemorySource::MemorySource(Bytes bytes, std::string name)
    : bytes_(std::move(bytes)), name_(std::move(name)) {}

MemorySource::MemorySource(std::string_view text, std::string name) : name_(std::move(name)) {
  const ByteSpan bytes = as_bytes(text);
  bytes_.assign(bytes.begin(), bytes.end());
}

Status MemorySource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  ME_CHECK(check_inside(*this, {offset, out.size()}));
  if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
  return {};
}

RangeSource::RangeSource(const ByteSource& whole, ByteRange range, std::string name)
    : whole_(whole), range_(range), name_(std::move(name)) {
  // A range that leaves the whole keeps its start and loses the part outside, so that reading it is an
  // ordinary short read.
  const std::uint64_t size = whole.size();
  range_.offset = std::min(range_.offset, size);
  range_.size = std::min(range_.size, size - range_.offset);
}

Status RangeSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  ME_CHECK(check_inside(*this, {offset, out.size()}));
  return whole_.read_at(range_.offset + offset, out);
}

Status MemorySink::append(ByteSpan bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return {};
}

}  // namespace modelexport
