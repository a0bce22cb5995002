#include "package/file_sums.h"

#include <algorithm>

namespace modelexport::package {
namespace {

constexpr std::uint64_t kWindow = 1 << 20;

}  // namespace

Result<std::uint64_t> FileSums::step() {
  const std::uint64_t n = std::min(kWindow, bytes_.size() - at_);
  if (n == 0) return n;
  buffer_.resize(static_cast<std::size_t>(n));
  ME_CHECK(bytes_.read_at(at_, buffer_));
  digest_.update(buffer_);
  crc_ = crc32(buffer_, crc_);
  at_ += n;
  return n;
}

}  // namespace modelexport::package
