#include "format/format.h"

#include <gtest/gtest.h>

namespace modelexport::format {
namespace {

Format detect(std::string_view text) {
  const MemorySource source(text, "input");
  auto detected = detect_format(source, {});
  EXPECT_TRUE(detected);
  return detected ? detected->format : Format::unknown;
}

std::string hex(std::initializer_list<int> bytes) {
  std::string text;
  for (int b : bytes) text += static_cast<char>(b);
  return text;
}

TEST(Format, IsJudgedByContent) {
  EXPECT_EQ(detect(hex({0x08, 0x08, 0x12, 0x01, 'x', 0x3a, 0x00})), Format::onnx);
  EXPECT_EQ(detect(hex({0x3a, 0x00})), Format::onnx);
  EXPECT_EQ(detect(hex({0x08, 0x08, 0x3a, 0x7f})), Format::onnx);  // cut off, still ONNX
  EXPECT_EQ(detect(hex({0x18, 0, 0, 0}) + "ORTM...."), Format::ort);
  EXPECT_EQ(detect(hex({2, 0, 0, 0, 0, 0, 0, 0}) + "{}"), Format::safetensors);
  EXPECT_EQ(detect("GGUF" + hex({3, 0, 0, 0})), Format::gguf);
  EXPECT_EQ(detect(hex({0x80, 0x02, 0x8a, 0x0a})), Format::checkpoint);
  EXPECT_EQ(detect("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), Format::lfs_pointer);
  EXPECT_EQ(detect("\n<!DOCTYPE HTML><html>"), Format::html);
  EXPECT_EQ(detect("  {\"a\": 1}"), Format::json);
  EXPECT_EQ(detect("hello world\n"), Format::text);
  EXPECT_EQ(detect(hex({0xff, 0xd8, 0xff, 0xe0, 0})), Format::unknown);
  EXPECT_EQ(detect(""), Format::unknown);
}

ErrorCode archive_error(std::string_view text) {
  const MemorySource source(text, "input");
  auto detected = detect_format(source, {});
  if (!detected) return detected.error().code;
  auto status = require_archive(*detected, source);
  EXPECT_FALSE(status);
  if (status) return ErrorCode::internal;
  EXPECT_FALSE(status.error().hint.empty());
  return status.error().code;
}

TEST(Format, EveryWrongInputOfExportHasItsError) {
  EXPECT_EQ(archive_error(""), ErrorCode::io_empty);
  EXPECT_EQ(archive_error(hex({0x08, 0x08, 0x3a, 0x00})), ErrorCode::input_wrong_format);
  EXPECT_EQ(archive_error(hex({0x80, 0x02, 0x8a})), ErrorCode::input_state_dict);
  EXPECT_EQ(archive_error(hex({2, 0, 0, 0, 0, 0, 0, 0}) + "{}"), ErrorCode::input_state_dict);
  EXPECT_EQ(archive_error("PK\x03\x04 and then nothing"), ErrorCode::input_truncated);
}

TEST(Format, OnnxIsRequiredByReaders) {
  const MemorySource text("hello", "input");
  EXPECT_EQ(require_onnx({Format::text, std::nullopt}, text).error().code, ErrorCode::input_wrong_format);
  EXPECT_TRUE(require_onnx({Format::onnx, std::nullopt}, text));
}

TEST(Format, EveryFormatHasAWordAndASentence) {
  for (int i = 0; i <= static_cast<int>(Format::unknown); ++i) {
    EXPECT_FALSE(to_string(static_cast<Format>(i)).empty());
    EXPECT_FALSE(describe(static_cast<Format>(i)).empty());
  }
}

}  // namespace
}  // namespace modelexport::format
