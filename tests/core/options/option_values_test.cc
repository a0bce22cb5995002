#include "options/option_values.h"

#include <gtest/gtest.h>

namespace modelexport::options {
namespace {

constexpr std::string_view kKnown[] = {"opset", "static", "input", "task"};

TEST(OptionValues, FromJson) {
  const auto values = read_options(
      R"({"opset": 17, "static": true, "input": ["a:int64[]", "b:int64[]"], "task": null})", kKnown, {});
  ASSERT_TRUE(values);
  EXPECT_EQ(get(*values, "opset"), "17");
  EXPECT_TRUE(has(*values, "static"));
  EXPECT_EQ(all(*values, "input"), (std::vector<std::string>{"a:int64[]", "b:int64[]"}));
  EXPECT_FALSE(has(*values, "task"));
  EXPECT_EQ(get(*values, "task", "x"), "x");
}

TEST(OptionValues, FalseAndEmptyAreNotGiven) {
  const auto values = read_options(R"({"static": false, "input": []})", kKnown, {});
  ASSERT_TRUE(values);
  EXPECT_TRUE(values->empty());
}

TEST(OptionValues, WhatIsNotUnderstood) {
  for (const char* text : {"", "[]", "7", R"({"opest": 17})", R"({"opset": 1.5})", R"({"input": [[1]]})",
                           R"({"input": {}})", R"({"input": [null]})"}) {
    EXPECT_FALSE(read_options(text, kKnown, {})) << text;
  }
  EXPECT_NE(read_options(R"({"opest": 17})", kKnown, {}).error().hint.find("opset"), std::string::npos);
}

}  // namespace
}  // namespace modelexport::options
