#include <algorithm>
#include <numeric>

#include "zip/directory.h"
#include "zip/format.h"
#include "zip/inflate.h"
#include "zip/zip.h"

namespace modelexport::zip {
namespace {

constexpr std::uint64_t kMaxContent = std::uint64_t{1} << 62;

tl::unexpected<Diagnostic> malformed(const ByteSource& source, const std::string& member, std::string what,
                                     std::uint64_t offset) {
  return fail(ErrorCode::zip_malformed, "member `" + member + "`: " + std::move(what),
              {source.name(), member, offset}, "Save or download the archive again");
}

/// Sizes and checksum of the member's own header must be the directory's, unless they follow the data.
bool local_sizes_agree(Cursor& c, ByteSpan extra, bool descriptor, const CentralEntry& entry) {
  const std::uint32_t crc = c.u32();
  std::uint64_t compressed = c.u32();
  std::uint64_t size = c.u32();
  if (descriptor && crc == 0 && compressed == 0 && size == 0) return true;
  if (size == kMax32 || compressed == kMax32) {
    if (!apply_zip64(extra, &size, &compressed, nullptr)) return false;
    if (descriptor && crc == 0 && compressed == 0 && size == 0) return true;
  }
  return crc == entry.crc && compressed == entry.compressed && size == entry.size;
}

/// Compares a member's own header with the directory and finds where its payload starts.
Result<Entry> read_local(const ByteSource& source, const CentralEntry& e, std::uint64_t limit) {
  if (e.header > limit || limit - e.header < kLocalSize + e.name.size()) {
    return fail(ErrorCode::zip_truncated, "member `" + e.name + "` lies outside the archive",
                {source.name(), e.name, e.header});
  }
  ME_TRY(const Bytes bytes, read_range(source, {e.header, kLocalSize + e.name.size()}, kLocalSize + kMax16));
  Cursor c(bytes);
  const std::uint32_t signature = c.u32();
  c.skip(2);
  const std::uint16_t flags = c.u16();
  const std::uint16_t method = c.u16();
  c.skip(4);
  Cursor sizes = c;
  c.skip(12);
  const std::uint16_t name_size = c.u16();
  const std::uint16_t extra_size = c.u16();
  if (signature != kLocalSignature) return malformed(source, e.name, "there is no member header", e.header);
  if (name_size != e.name.size() || as_text(c.take(name_size)) != e.name || method != e.method ||
      (flags & kFlagsRefused) != 0 || ((flags ^ e.flags) & kFlagDescriptor) != 0) {
    return malformed(source, e.name, "its header differs from the zip directory", e.header);
  }
  const std::uint64_t payload = e.header + kLocalSize + name_size + extra_size;
  if (payload > limit || e.compressed > limit - payload) {
    return fail(ErrorCode::zip_truncated, "member `" + e.name + "` reaches outside the archive's member area",
                {source.name(), e.name, e.header});
  }
  ME_TRY(const Bytes extra, read_range(source, {payload - extra_size, extra_size}, kMax16));
  if (!local_sizes_agree(sizes, extra, (flags & kFlagDescriptor) != 0, e)) {
    return malformed(source, e.name, "its sizes differ from the zip directory", e.header);
  }
  return Entry{e.name, e.method == kDeflated, e.crc, e.size, {payload, e.compressed}, e.header};
}

/// Between two members there is nothing but the data descriptor of the first (12 to 24 bytes).
bool gap_is_plain(std::uint64_t gap, bool descriptor) {
  return gap == 0 || (descriptor && (gap == 12 || gap == 16 || gap == 20 || gap == 24));
}

/// Members must follow each other from the start of the file to the directory, without overlap or hidden
/// bytes.
Status check_layout(const ByteSource& source, const std::vector<Entry>& entries, const Directory& directory) {
  std::vector<std::uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return entries[a].header < entries[b].header; });
  std::uint64_t end = 0;
  bool descriptor = false;
  for (const std::uint32_t i : order) {
    const Entry& entry = entries[i];
    if (entry.header < end) return malformed(source, entry.name, "it overlaps another member", entry.header);
    if (!gap_is_plain(entry.header - end, descriptor)) {
      return malformed(source, entry.name, "there are bytes before it that belong to no member", end);
    }
    end = entry.payload.end();
    descriptor = (directory.entries[i].flags & kFlagDescriptor) != 0;
  }
  if (gap_is_plain(directory.offset - end, descriptor)) return {};
  return fail(ErrorCode::zip_malformed, "there are bytes before the zip directory that belong to no member",
              {source.name(), {}, end}, "Save or download the archive again");
}

std::string common_root(const std::vector<Entry>& entries) {
  if (entries.empty()) return {};
  const std::size_t slash = entries.front().name.find('/');
  if (slash == std::string::npos) return {};
  const std::string_view prefix = std::string_view(entries.front().name).substr(0, slash + 1);
  for (const Entry& entry : entries) {
    if (!std::string_view(entry.name).starts_with(prefix)) return {};
  }
  return std::string(prefix.substr(0, slash));
}

}  // namespace

bool looks_like_zip(ByteSpan first_bytes) {
  Cursor cursor(first_bytes);
  const std::uint32_t signature = cursor.u32();
  return cursor.ok() && (signature == kLocalSignature || signature == kEndSignature);
}

Result<Archive> Archive::open(const ByteSource& source, const Limits& limits) {
  ME_TRY(const Directory directory, read_directory(source, limits));
  Archive archive(source);
  archive.entries_.reserve(directory.entries.size());
  for (const CentralEntry& central : directory.entries) {
    ME_TRY(Entry entry, read_local(source, central, directory.offset));
    archive.entries_.push_back(std::move(entry));
  }
  ME_CHECK(check_layout(source, archive.entries_, directory));
  ME_CHECK(archive.index());
  return archive;
}

Status Archive::index() {
  by_name_.resize(entries_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  std::sort(by_name_.begin(), by_name_.end(),
            [&](auto a, auto b) { return entries_[a].name < entries_[b].name; });
  const auto twice = std::adjacent_find(by_name_.begin(), by_name_.end(),
                                        [&](auto a, auto b) { return entries_[a].name == entries_[b].name; });
  if (twice != by_name_.end()) {
    const Entry& entry = entries_[*twice];
    return malformed(*source_, entry.name, "the archive has two members of this name", entry.header);
  }
  root_ = common_root(entries_);
  return {};
}

const Entry* Archive::find(std::string_view name) const {
  const auto at = std::lower_bound(
      by_name_.begin(), by_name_.end(), name,
      [&](std::uint32_t i, std::string_view n) { return std::string_view(entries_[i].name) < n; });
  return at != by_name_.end() && entries_[*at].name == name ? &entries_[*at] : nullptr;
}

const Entry* Archive::find_in_root(std::string_view name) const {
  return root_.empty() ? find(name) : find(root_ + "/" + std::string(name));
}

Result<const Entry*> Archive::require(std::string_view name) const {
  const Entry* entry = find_in_root(name);
  if (entry != nullptr) return entry;
  return fail(ErrorCode::zip_no_member, "the archive has no member `" + std::string(name) + "`",
              {source_->name(), std::string(name), std::nullopt});
}

Result<ByteRange> Archive::range(const Entry& entry) const {
  if (!entry.deflated) return entry.payload;
  return fail(ErrorCode::zip_unsupported, "member `" + entry.name + "` is compressed; it must be stored",
              {source_->name(), entry.name, entry.header}, "Save the model again with PyTorch");
}

Result<Bytes> Archive::read(const Entry& entry, std::uint64_t limit) const {
  if (entry.size > limit || entry.size > kMaxContent) {
    return fail(ErrorCode::zip_limit,
                "member `" + entry.name + "` has " + std::to_string(entry.size) + " bytes; the limit is " +
                    std::to_string(limit),
                {source_->name(), entry.name, entry.header});
  }
  // Deflate never grows data by more than a fraction: a longer payload is a lie.
  ME_TRY(Bytes bytes, read_range(*source_, entry.payload, entry.size + entry.size / 256 + 4096));
  if (entry.deflated) {
    auto inflated = inflate_exactly(bytes, entry.size);
    if (!inflated) {
      return fail(ErrorCode::zip_checksum, "member `" + entry.name + "` cannot be inflated to its size",
                  {source_->name(), entry.name, entry.payload.offset});
    }
    bytes = std::move(*inflated);
  }
  if (crc32_of(bytes) != entry.crc) {
    return fail(ErrorCode::zip_checksum, "the checksum of member `" + entry.name + "` is wrong",
                {source_->name(), entry.name, entry.payload.offset}, "Save or download the archive again");
  }
  return bytes;
}

Result<std::string> Archive::read_text(const Entry& entry, std::uint64_t limit) const {
  ME_TRY(const Bytes bytes, read(entry, limit));
  return std::string(as_text(bytes));
}

}  // namespace modelexport::zip
