#include "wire/scanner.h"

#include <gtest/gtest.h>

#include "wire/writer.h"

namespace modelexport::wire {
namespace {

std::vector<Field> scan(const std::string& bytes, Status* status = nullptr) {
  const MemorySource source(bytes);
  Window window(source);
  Scanner scanner(window, {0, source.size()});
  std::vector<Field> fields;
  Field field;
  while (scanner.next(field)) fields.push_back(field);
  if (status) *status = scanner.status();
  return fields;
}

struct Refused {
  ErrorCode code;
  std::uint64_t offset;
};
Refused refused(const std::string& bytes) {
  Status status;
  scan(bytes, &status);
  if (status) return {ErrorCode::internal, 0};
  return {status.error().code, status.error().where.offset.value_or(~0ULL)};
}

TEST(Scanner, ReadsWhatTheWriterWrote) {
  std::string bytes;
  put_int(bytes, 1, 8);
  put_bytes(bytes, 2, "name");
  put_int(bytes, 5, -1);
  put_header(bytes, 25, 300);
  bytes += std::string(300, 'x');
  put_tag(bytes, 3, WireType::fixed32);
  bytes += std::string("\x01\x00\x00\x00", 4);
  const std::vector<Field> fields = scan(bytes);
  ASSERT_EQ(fields.size(), 5U);
  EXPECT_EQ(fields[0].value, 8U);
  EXPECT_EQ(fields[1].content(), (ByteRange{4, 4}));
  EXPECT_EQ(static_cast<std::int64_t>(fields[2].value), -1);
  EXPECT_EQ(fields[3].number, 25U);
  EXPECT_EQ(fields[3].header, 4U);
  EXPECT_EQ(fields[3].whole().size, framed_size(25, 300));
  EXPECT_EQ(fields[4].value, 1U);
}

TEST(Scanner, NamesTheOffsetOfWhatIsWrong) {
  const std::string good("\x08\x07", 2);
  EXPECT_EQ(refused(good + std::string("\0", 1)).code, ErrorCode::wire_tag);
  EXPECT_EQ(refused(good + std::string("\0", 1)).offset, 2U);
  EXPECT_EQ(refused(good + "\x0F\x01").code, ErrorCode::wire_tag);  // wire type 7
  EXPECT_EQ(refused(good + "\x3C").code, ErrorCode::wire_tag);      // stray end of group
  EXPECT_EQ(refused(good + "\x12\x05"
                           "abc")
                .code,
            ErrorCode::wire_truncated);
  EXPECT_EQ(refused(good + "\x12\x05"
                           "abc")
                .offset,
            2U);
  EXPECT_EQ(refused("\x08\x80").code, ErrorCode::wire_truncated);
  EXPECT_EQ(refused("\x0D\x01\x02").code, ErrorCode::wire_truncated);   // fixed32 cut short
  EXPECT_EQ(refused("\x7B\x0A\x01x").code, ErrorCode::wire_truncated);  // group never closed
}

TEST(Scanner, AcceptsPaddingExactlyAsFarAsReadersDo) {
  const std::string five(
      "\x12\x83\x80\x80\x80\x00"
      "abc",
      9);
  ASSERT_EQ(scan(five).size(), 1U);
  EXPECT_FALSE(scan(five)[0].canonical);
  EXPECT_EQ(refused(std::string("\x12\x83\x80\x80\x80\x80\x00"
                                "abc",
                                10))
                .code,
            ErrorCode::wire_varint);
  EXPECT_EQ(scan(std::string("\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11))[0].value, 1U);
  EXPECT_EQ(refused(std::string("\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12)).code,
            ErrorCode::wire_varint);
}

TEST(Scanner, GroupsMayNestOneHundredDeep) {
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i) bytes += '\x7B';
    for (int i = 0; i < depth; ++i) bytes += '\x7C';
    return bytes;
  };
  EXPECT_EQ(scan(nested(100)).size(), 1U);
  EXPECT_EQ(refused(nested(101)).code, ErrorCode::wire_depth);
  EXPECT_EQ(refused("\x7B\x74").code, ErrorCode::wire_tag) << "closed by another number";
}

TEST(Window, ReadsLittleAfterJumpsAndEachByteOnce) {
  const MemorySource source(std::string(10'000'000, 'x'));
  Window window(source);
  for (std::uint64_t at = 0; at < source.size(); at += 1'000'000) window.peek(at, 10);
  EXPECT_EQ(window.requests(), 10U);
  EXPECT_LE(window.bytes_read(), 2560U);

  Window reading_on(source);
  for (std::uint64_t at = 0; at < source.size(); at += 7) ASSERT_FALSE(reading_on.peek(at, 10).empty());
  EXPECT_EQ(reading_on.bytes_read(), source.size());
  EXPECT_LT(reading_on.requests(), 100U);
  EXPECT_TRUE(reading_on.peek(source.size(), 1).empty());
  EXPECT_TRUE(reading_on.status());
}

TEST(Window, TextComesOutWhole) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += static_cast<char>('a' + i % 26);
  const MemorySource source(text);
  Window window(source);
  EXPECT_EQ(*window.text({100, 3000}), text.substr(100, 3000));
  EXPECT_EQ(*window.text({19'990, 10}), text.substr(19'990, 10));
  EXPECT_EQ(*window.text({5, 15'000}), text.substr(5, 15'000));
  EXPECT_FALSE(window.text({19'999, 2}));
}

}  // namespace
}  // namespace modelexport::wire
