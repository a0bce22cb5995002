// Zip archives, read strictly: the exact byte range of every member, or an error.
//
// Purpose   PyTorch archives and packages. Export reads weights in place, so what counts is where a stored
//           member's bytes lie; readers that disagree about an archive are an attack, so every ambiguity is
//           refused: overlaps, duplicates, sizes or names that differ between the two headers, data before
//           the first or between the last member and the directory's end records, unsafe names.
// Ownership An Archive borrows its source, which must outlive it.
// Errors    zip_*; io_short_read when the source itself fails.
// Limits    Limits::zip_members, small_message (directory), inflated_member (default for read).
// Source    PKWARE APPNOTE 6.3.10 sections 4.3-4.5.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::zip {

struct Entry {
  std::string name;
  bool deflated = false;
  std::uint32_t crc = 0;
  std::uint64_t size = 0;    ///< of the content
  ByteRange payload;         ///< bytes in the archive (compressed if `deflated`)
  std::uint64_t header = 0;  ///< offset of the local header
  [[nodiscard]] bool is_directory() const { return name.ends_with('/'); }
};

class Archive {
 public:
  static Result<Archive> open(const ByteSource& source, const Limits& limits);

  /// In directory order.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// nullptr if there is no such member.
  [[nodiscard]] const Entry* find(std::string_view name) const;
  /// The one directory that all members lie in, without slash ("model" for model/data.pkl), or "".
  [[nodiscard]] const std::string& root() const { return root_; }
  /// `find` below root().
  [[nodiscard]] const Entry* find_in_root(std::string_view name) const;
  /// find_in_root, or the error that the archive lacks it.
  [[nodiscard]] Result<const Entry*> require(std::string_view name) const;

  /// Where a stored member's content is; an error for a deflated one.
  [[nodiscard]] Result<ByteRange> range(const Entry& entry) const;
  /// The content, inflated if need be, checksum verified; refuses more than `limit` bytes.
  [[nodiscard]] Result<Bytes> read(const Entry& entry, std::uint64_t limit) const;
  [[nodiscard]] Result<std::string> read_text(const Entry& entry, std::uint64_t limit) const;

  [[nodiscard]] const ByteSource& source() const { return *source_; }

 private:
  explicit Archive(const ByteSource& source) : source_(&source) {}
  Status index();

  const ByteSource* source_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> by_name_;
  std::string root_;
};

/// True if the first bytes are a zip member header: a cheap look, not a promise.
bool looks_like_zip(ByteSpan first_bytes);

}  // namespace modelexport::zip
