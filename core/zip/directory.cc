#include "zip/directory.h"

#include <algorithm>

#include "zip/format.h"

namespace modelexport::zip {
namespace {

tl::unexpected<Diagnostic> malformed(const ByteSource& source, std::string what, std::uint64_t offset) {
  return fail(ErrorCode::zip_malformed, std::move(what), {source.name(), {}, offset},
              "Save or download the archive again");
}

struct EndRecord {
  std::uint64_t position = 0;  ///< where the end records start: the directory must end here
  std::uint64_t entries = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
};

/// Position of the end record: the last one whose comment reaches exactly to the end of the file.
Result<std::uint64_t> find_end(const ByteSource& source) {
  const std::uint64_t size = source.size();
  const std::uint64_t tail_size = std::min(size, kEndSize + kMaxComment);
  ME_TRY(const Bytes tail, read_range(source, {size - tail_size, tail_size}, tail_size));
  for (std::uint64_t at = tail_size < kEndSize ? 0 : tail_size - kEndSize + 1; at-- > 0;) {
    Cursor cursor(ByteSpan(tail).subspan(static_cast<std::size_t>(at)));
    if (cursor.u32() != kEndSignature) continue;
    cursor.skip(16);
    if (at + kEndSize + cursor.u16() == tail_size) return size - tail_size + at;
  }
  return fail(ErrorCode::zip_not_an_archive,
              size == 0 ? "the file is empty" : "no zip directory was found at the end of the file",
              {source.name(), {}, std::nullopt},
              "If it came from the Hub, fetch the file itself (git lfs pull, or modelexport's own download)");
}

/// Reads the zip64 end record that the locator before `end` points to, if there is one.
Result<bool> read_end64(const ByteSource& source, std::uint64_t end, EndRecord& record) {
  if (end < kLocator64Size + kEnd64Size) return false;
  const std::uint64_t locator_at = end - kLocator64Size;
  ME_TRY(const Bytes locator, read_range(source, {locator_at, kLocator64Size}, kLocator64Size));
  Cursor l(locator);
  if (l.u32() != kLocator64Signature) return false;
  const std::uint32_t disk = l.u32();
  const std::uint64_t at = l.u64();
  const std::uint32_t disks = l.u32();
  // Only the plain 56-byte record right before the locator: everything else would hide bytes.
  if (disk != 0 || disks > 1 || at != locator_at - kEnd64Size) {
    return malformed(source, "the zip64 locator does not point to the record before it", locator_at);
  }
  ME_TRY(const Bytes bytes, read_range(source, {at, kEnd64Size}, kEnd64Size));
  Cursor c(bytes);
  const bool plain = c.u32() == kEnd64Signature && c.u64() == kEnd64Size - 12;
  c.skip(4);  // versions
  const bool one_disk = c.u32() == 0 && c.u32() == 0;
  const std::uint64_t here = c.u64();
  record = {at, c.u64(), c.u64(), c.u64()};
  if (!plain || !one_disk || here != record.entries) {
    return malformed(source, "the zip64 end record is damaged", at);
  }
  return true;
}

Result<EndRecord> read_end(const ByteSource& source) {
  ME_TRY(const std::uint64_t at, find_end(source));
  ME_TRY(const Bytes bytes, read_range(source, {at, kEndSize}, kEndSize));
  Cursor c(bytes);
  c.skip(4);
  const bool one_disk = c.u16() == 0 && c.u16() == 0;
  const std::uint64_t here = c.u16();
  EndRecord record{at, c.u16(), c.u32(), c.u32()};
  const EndRecord small = record;
  ME_TRY(const bool zip64, read_end64(source, at, record));
  if (!one_disk || here != small.entries) {
    return fail(ErrorCode::zip_unsupported, "the archive is one part of several", {source.name(), {}, at});
  }
  const bool agree = (small.entries == kMax16 || small.entries == record.entries) &&
                     (small.size == kMax32 || small.size == record.size) &&
                     (small.offset == kMax32 || small.offset == record.offset);
  if (zip64 && !agree) return malformed(source, "the two end records differ", at);
  if (record.offset > record.position || record.size != record.position - record.offset) {
    return malformed(source, "the zip directory does not end where its end record starts", at);
  }
  return record;
}

Result<CentralEntry> read_entry(const ByteSource& source, Cursor& c, std::uint64_t at) {
  CentralEntry e;
  const bool signature = c.u32() == kCentralSignature;
  c.skip(4);  // versions
  e.flags = c.u16();
  e.method = c.u16();
  c.skip(4);  // time and date
  e.crc = c.u32();
  e.compressed = c.u32();
  e.size = c.u32();
  const std::uint16_t name_size = c.u16();
  const std::uint16_t extra_size = c.u16();
  const std::uint16_t comment_size = c.u16();
  const std::uint16_t disk = c.u16();
  c.skip(6);  // attributes
  e.header = c.u32();
  e.name = std::string(as_text(c.take(name_size)));
  const ByteSpan extra = c.take(extra_size);
  c.skip(comment_size);
  if (!signature || !c.ok()) return malformed(source, "an entry of the zip directory is damaged", at);
  if (!apply_zip64(extra, &e.size, &e.compressed, &e.header)) {
    return malformed(source, "the extra field of member `" + e.name + "` is damaged", at);
  }
  if (const std::string problem = name_problem(e.name); !problem.empty()) {
    return fail(ErrorCode::zip_unsafe_name, "the member name `" + e.name + "` " + problem,
                {source.name(), e.name, at});
  }
  if ((e.flags & kFlagsRefused) != 0 || disk != 0 || (e.method != kStored && e.method != kDeflated)) {
    return fail(
        ErrorCode::zip_unsupported,
        "member `" + e.name + "` is encrypted, split or compressed by method " + std::to_string(e.method),
        {source.name(), e.name, at}, "Save it again without compression");
  }
  if (e.method == kStored && e.compressed != e.size) {
    return malformed(source, "the two sizes of stored member `" + e.name + "` differ", at);
  }
  return e;
}

}  // namespace

std::string name_problem(const std::string& name) {
  if (name.empty()) return "is empty";
  if (name.front() == '/') return "is absolute";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return "has a control character";
    if (c == '\\') return "has a backslash";
  }
  if (name.size() >= 2 && name[1] == ':') return "names a drive";
  for (std::size_t start = 0; start < name.size();) {
    const std::size_t end = std::min(name.find('/', start), name.size());
    const std::string_view part = std::string_view(name).substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return "has an empty, `.` or `..` part";
    start = end + 1;
  }
  return {};
}

bool apply_zip64(ByteSpan extra, std::uint64_t* size, std::uint64_t* compressed, std::uint64_t* header) {
  bool seen = false;
  Cursor c(extra);
  while (c.left() >= 4) {
    const std::uint16_t id = c.u16();
    const std::uint16_t length = c.u16();
    Cursor field(c.take(length));
    if (!c.ok()) return false;
    if (id != kZip64Extra) continue;
    if (seen) return false;
    seen = true;
    for (std::uint64_t* value : {size, compressed, header}) {
      if (value != nullptr && *value == kMax32) *value = field.u64();
    }
    if (!field.ok()) return false;
  }
  return true;
}

Result<Directory> read_directory(const ByteSource& source, const Limits& limits) {
  ME_TRY(const EndRecord end, read_end(source));
  if (end.entries > limits.zip_members) {
    return fail(ErrorCode::zip_limit,
                "the archive has " + std::to_string(end.entries) + " members; the limit zip_members is " +
                    std::to_string(limits.zip_members),
                {source.name(), {}, end.position});
  }
  if (end.entries > end.size / kCentralSize) {
    return malformed(source, "the zip directory is too small for its members", end.offset);
  }
  ME_TRY(const Bytes bytes, read_range(source, {end.offset, end.size}, limits.small_message));
  Directory directory;
  directory.offset = end.offset;
  directory.entries.reserve(static_cast<std::size_t>(end.entries));
  Cursor cursor(bytes);
  for (std::uint64_t i = 0; i < end.entries; ++i) {
    ME_TRY(CentralEntry entry, read_entry(source, cursor, end.offset + bytes.size() - cursor.left()));
    directory.entries.push_back(std::move(entry));
  }
  if (cursor.left() != 0) {
    return malformed(source, "the zip directory has more entries than its end record says", end.offset);
  }
  return directory;
}

}  // namespace modelexport::zip
