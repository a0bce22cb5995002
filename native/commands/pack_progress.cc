#include "commands/pack_progress.h"

#include <algorithm>

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kWindow = 1 << 20;

}  // namespace

Status PackProgress::copy(const ByteSource& from, ByteSink& to) {
  buffer_.resize(static_cast<std::size_t>(std::min(kWindow, std::max<std::uint64_t>(from.size(), 1))));
  for (std::uint64_t at = 0; at < from.size(); at += kWindow) {
    const auto n = static_cast<std::size_t>(std::min(kWindow, from.size() - at));
    const std::span<std::byte> window = std::span(buffer_).first(n);
    ME_CHECK(from.read_at(at, window));
    ME_CHECK(to.append(window));
    done_ += n;
    progress_.update("packing", done_, total_);
    if (progress_.cancelled()) return fail(ErrorCode::cli_interrupted, "interrupted");
  }
  return {};
}

}  // namespace modelexport::commands
