#include "zip/writer.h"

#include <algorithm>

#include "zip/directory.h"
#include "zip/format.h"
#include "zip/inflate.h"

namespace modelexport::zip {
namespace {

constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kVersion64 = 45;
constexpr std::uint32_t kTime = 0x00210000;  // 1980-01-01 00:00:00, DOS time and date

std::uint64_t saturate(std::uint64_t value) { return std::min<std::uint64_t>(value, kMax32); }

}  // namespace

Status Writer::write(ByteSpan bytes) {
  ME_CHECK(sink_.append(bytes));
  written_ += bytes.size();
  return {};
}

Status Writer::open(Member member) {
  if (open_) return fail(ErrorCode::internal, "a member of the zip archive is still open");
  if (const std::string problem = name_problem(member.name);
      !problem.empty() || member.name.size() > kMax16) {
    return fail(ErrorCode::zip_unsafe_name, "the member name `" + member.name + "` " + problem);
  }
  if (!names_.insert(member.name).second) {
    return fail(ErrorCode::zip_malformed, "the archive would have two members `" + member.name + "`");
  }
  member.header = written_;
  const bool sizes_known = !member.descriptor;
  Bytes header;
  put(header, kLocalSignature, 4);
  put(header, member.zip64 ? kVersion64 : kVersion, 2);
  put(header, kFlagUtf8 | (member.descriptor ? kFlagDescriptor : 0), 2);
  put(header, kStored, 2);
  put(header, kTime, 4);
  put(header, member.crc, 4);
  put(header, member.zip64 ? kMax32 : (sizes_known ? member.size : 0), 4);
  put(header, member.zip64 ? kMax32 : (sizes_known ? member.size : 0), 4);
  put(header, member.name.size(), 2);
  put(header, member.zip64 ? 20 : 0, 2);
  const ByteSpan name = as_bytes(member.name);
  header.insert(header.end(), name.begin(), name.end());
  if (member.zip64) {
    put(header, kZip64Extra, 2);
    put(header, 16, 2);
    put(header, sizes_known ? member.size : 0, 8);
    put(header, sizes_known ? member.size : 0, 8);
  }
  members_.push_back(std::move(member));
  return write(header);
}

Status Writer::add(const std::string& name, ByteSpan content) {
  Member member{name, 0, content.size(), crc32_of(content), false, content.size() >= kMax32};
  ME_CHECK(open(std::move(member)));
  return write(content);
}

Status Writer::begin(const std::string& name, std::optional<std::uint64_t> size) {
  ME_CHECK(open({name, 0, 0, 0, true, !size || *size >= kMax32}));
  expected_ = size;
  expected_crc_.reset();
  open_ = true;
  return {};
}

Status Writer::begin(const std::string& name, std::uint64_t size, std::uint32_t crc) {
  ME_CHECK(open({name, 0, size, crc, false, size >= kMax32}));
  members_.back().size = 0;
  members_.back().crc = 0;
  expected_ = size;
  expected_crc_ = crc;
  open_ = true;
  return {};
}

Status Writer::append(ByteSpan bytes) {
  if (!open_) return fail(ErrorCode::internal, "no member of the zip archive is open");
  Member& member = members_.back();
  member.crc = crc32_of(bytes, member.crc);
  member.size += bytes.size();
  return write(bytes);
}

Status Writer::end() {
  if (!open_) return fail(ErrorCode::internal, "no member of the zip archive is open");
  open_ = false;
  const Member& member = members_.back();
  if (expected_ && *expected_ != member.size) {
    return fail(ErrorCode::zip_malformed, "member `" + member.name + "` was announced with " +
                                              std::to_string(*expected_) + " bytes, but has " +
                                              std::to_string(member.size));
  }
  if (expected_crc_ && *expected_crc_ != member.crc) {
    return fail(ErrorCode::zip_checksum,
                "member `" + member.name + "` has another checksum than announced: its source changed");
  }
  if (!member.descriptor) return {};
  Bytes descriptor;
  put(descriptor, kDescriptorSignature, 4);
  put(descriptor, member.crc, 4);
  put(descriptor, member.size, member.zip64 ? 8 : 4);
  put(descriptor, member.size, member.zip64 ? 8 : 4);
  return write(descriptor);
}

Status Writer::leave_room(const std::string& name, std::uint64_t size, std::uint32_t crc) {
  ME_CHECK(open({name, 0, size, crc, false, size >= kMax32}));
  written_ += size;
  return {};
}

Status Writer::write_central(const Member& member) {
  const bool big_size = member.size >= kMax32;
  const bool big_offset = member.header >= kMax32;
  Bytes extra;
  if (big_size) put(extra, member.size, 8);
  if (big_size) put(extra, member.size, 8);
  if (big_offset) put(extra, member.header, 8);
  const std::uint16_t version = member.zip64 || !extra.empty() ? kVersion64 : kVersion;
  Bytes entry;
  put(entry, kCentralSignature, 4);
  put(entry, version, 2);  // made by: DOS, so that no file modes are implied
  put(entry, version, 2);
  put(entry, kFlagUtf8 | (member.descriptor ? kFlagDescriptor : 0), 2);
  put(entry, kStored, 2);
  put(entry, kTime, 4);
  put(entry, member.crc, 4);
  put(entry, saturate(member.size), 4);
  put(entry, saturate(member.size), 4);
  put(entry, member.name.size(), 2);
  put(entry, extra.empty() ? 0 : extra.size() + 4, 2);
  put(entry, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes
  put(entry, saturate(member.header), 4);
  const ByteSpan name = as_bytes(member.name);
  entry.insert(entry.end(), name.begin(), name.end());
  if (!extra.empty()) {
    put(entry, kZip64Extra, 2);
    put(entry, extra.size(), 2);
    entry.insert(entry.end(), extra.begin(), extra.end());
  }
  return write(entry);
}

Status Writer::write_end(std::uint64_t directory) {
  const std::uint64_t size = written_ - directory;
  const std::uint64_t count = members_.size();
  Bytes end;
  if (count >= kMax16 || size >= kMax32 || directory >= kMax32) {
    put(end, kEnd64Signature, 4);
    put(end, kEnd64Size - 12, 8);
    put(end, kVersion64, 2);
    put(end, kVersion64, 2);
    put(end, 0, 8);  // disks
    put(end, count, 8);
    put(end, count, 8);
    put(end, size, 8);
    put(end, directory, 8);
    put(end, kLocator64Signature, 4);
    put(end, 0, 4);
    put(end, written_, 8);
    put(end, 1, 4);
  }
  put(end, kEndSignature, 4);
  put(end, 0, 4);
  put(end, std::min<std::uint64_t>(count, kMax16), 2);
  put(end, std::min<std::uint64_t>(count, kMax16), 2);
  put(end, saturate(size), 4);
  put(end, saturate(directory), 4);
  put(end, 0, 2);
  return write(end);
}

Status Writer::finish() {
  if (open_) return fail(ErrorCode::internal, "a member of the zip archive is still open");
  const std::uint64_t directory = written_;
  for (const Member& member : members_) ME_CHECK(write_central(member));
  return write_end(directory);
}

}  // namespace modelexport::zip
