#include "components/json_members.h"

#include <gtest/gtest.h>

namespace modelexport::components {
namespace {

std::string with(std::string text, std::string_view key, std::string_view value) {
  set_root_member(text, key, value);
  return text;
}

TEST(JsonMembers, FindsValuesOfEveryKind) {
  const std::string text = R"({"a": 1.50, "b" : {"a": [1, "}"]}, "c":"x\"}", "d":[ ] , "e":null})";
  const auto members = root_members(text);
  ASSERT_EQ(members.size(), 5U);
  const auto value = [&](std::size_t i) {
    return text.substr(members[i].value_begin, members[i].value_end - members[i].value_begin);
  };
  EXPECT_EQ(value(0), "1.50");
  EXPECT_EQ(value(1), R"({"a": [1, "}"]})");
  EXPECT_EQ(value(2), R"("x\"}")");
  EXPECT_EQ(value(3), "[ ]");
  EXPECT_EQ(value(4), "null");
}

TEST(JsonMembers, ReplacesOnlyTheValue) {
  EXPECT_EQ(with("{\n  \"a\": {\"b\": 1},\n  \"c\": 2\n}\n", "a", "3"), "{\n  \"a\": 3,\n  \"c\": 2\n}\n");
}

TEST(JsonMembers, AppendsInTheDocumentsStyle) {
  EXPECT_EQ(with("{\n    \"a\": 1\n}\n", "b", "2"), "{\n    \"a\": 1,\n    \"b\": 2\n}\n");
  EXPECT_EQ(with(R"({"a": 1, "c": 3})", "b", "2"), R"({"a": 1, "c": 3, "b": 2})");
  EXPECT_EQ(with("{}", "b", "2"), "{\n  \"b\": 2\n}");
}

TEST(JsonMembers, LeavesOtherDocumentsAlone) {
  EXPECT_EQ(with("[1]", "b", "2"), "[1]");
  EXPECT_EQ(with("", "b", "2"), "");
  EXPECT_TRUE(root_members("{\"a").empty());
}

TEST(JsonMembers, QuotesAsJson) { EXPECT_EQ(json_quoted("a\"b\n\xc3\xa9"), "\"a\\\"b\\n\xc3\xa9\""); }

}  // namespace
}  // namespace modelexport::components
