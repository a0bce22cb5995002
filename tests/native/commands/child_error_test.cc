#include "commands/child_error.h"

#include <gtest/gtest.h>

namespace modelexport::commands {
namespace {

TEST(ChildError, IsTakenOverWhole) {
  auto error = parse_child_error(
      "some library said something\n"
      R"({"error": {"code": "ME-ARC-002", "message": "cut", "where": {"path": "a.pt", "field": "f", "offset": 7},)"
      R"( "hint": "again"}})"
      "\n",
      ErrorCode::internal);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::zip_truncated);
  EXPECT_EQ(error->message, "cut");
  EXPECT_EQ(error->where.path, "a.pt");
  EXPECT_EQ(error->where.field, "f");
  EXPECT_EQ(error->where.offset, 7U);
  EXPECT_EQ(error->hint, "again");
}

TEST(ChildError, UnknownCodesAreKeptInTheMessage) {
  auto error = parse_child_error(R"({"error":{"code":"ME-XYZ-999","message":"odd","where":"model_dir"}})",
                                 ErrorCode::capture_failed);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::capture_failed);
  EXPECT_EQ(error->message, "odd (ME-XYZ-999)");
  EXPECT_EQ(error->where.path, "model_dir");
}

TEST(ChildError, OtherOutputIsNone) {
  EXPECT_FALSE(parse_child_error("", ErrorCode::internal));
  EXPECT_FALSE(parse_child_error("Segmentation fault", ErrorCode::internal));
  EXPECT_FALSE(parse_child_error("{\"error\": {", ErrorCode::internal));
  EXPECT_FALSE(parse_child_error("{\"error\": 1}{", ErrorCode::internal));
}

TEST(LastLines, AreTheEnd) {
  EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc");
  EXPECT_EQ(last_lines("a", 5), "a");
  EXPECT_EQ(last_lines("", 5), "");
}

}  // namespace
}  // namespace modelexport::commands
