#include "package/file_bytes.h"

#include <algorithm>
#include <cstring>

namespace modelexport::package {
namespace {

std::uint64_t size_of(const Piece& piece) {
  if (const auto* text = std::get_if<std::string>(&piece)) return text->size();
  return std::get<InputRange>(piece).range.size;
}

}  // namespace

FileBytes::FileBytes(const PackageFile& file) : file_(file) {
  starts_.reserve(file.pieces.size());
  std::uint64_t at = 0;
  for (const Piece& piece : file.pieces) {
    starts_.push_back(at);
    at += size_of(piece);
  }
}

Result<std::unique_ptr<FileBytes>> FileBytes::open(const PackagePlan& plan, const PackageFile& file,
                                                   const Inputs& inputs) {
  std::unique_ptr<FileBytes> out(new FileBytes(file));
  for (const Piece& piece : file.pieces) {
    const auto* range = std::get_if<InputRange>(&piece);
    if (range == nullptr || out->inputs_.count(range->input) != 0) continue;
    ME_TRY(auto source, inputs.open(plan.inputs[range->input]));
    out->inputs_.emplace(range->input, std::move(source));
  }
  return out;
}

Status FileBytes::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > file_.size || out.size() > file_.size - offset) {
    return fail(ErrorCode::io_short_read, "the planned file ends earlier", {.path = file_.path});
  }
  auto piece =
      static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin());
  for (piece -= piece == 0 ? 0 : 1; !out.empty(); ++piece) {
    const std::uint64_t inside = offset - starts_[piece];
    const std::uint64_t left = size_of(file_.pieces[piece]) - inside;
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size()));
    if (const auto* text = std::get_if<std::string>(&file_.pieces[piece])) {
      if (n > 0) std::memcpy(out.data(), text->data() + inside, n);
    } else {
      const auto& range = std::get<InputRange>(file_.pieces[piece]);
      ME_CHECK(inputs_.at(range.input)->read_at(range.range.offset + inside, out.first(n)));
    }
    offset += n;
    out = out.subspan(n);
  }
  return {};
}

std::uint64_t total_size(const PackagePlan& plan) {
  std::uint64_t total = 0;
  for (const PackageFile& file : plan.files) total += file.size;
  return total;
}

}  // namespace modelexport::package
