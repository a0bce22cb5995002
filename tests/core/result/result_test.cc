#include "modelexport/result.h"

#include <gtest/gtest.h>

#include <set>

namespace modelexport {
namespace {

TEST(ErrorTable, IdsAreUniqueAndWellFormed) {
  std::set<std::string_view> ids;
  for (const ErrorInfo& e : all_errors()) {
    EXPECT_TRUE(ids.insert(e.id).second) << e.id;
    EXPECT_EQ(e.id.substr(0, 3), "ME-");
    const std::string_view number = e.id.substr(e.id.rfind('-') + 1);
    EXPECT_EQ(number.size(), 3u) << e.id;
    EXPECT_EQ(number.find_first_not_of("0123456789"), std::string_view::npos) << e.id;
    EXPECT_FALSE(e.title.empty() || e.explanation.empty()) << e.id;
    EXPECT_EQ(e.title.back(), '.') << e.id;
    EXPECT_TRUE((e.exit_code >= 1 && e.exit_code <= 5) || e.exit_code == 130) << e.id;
  }
}

TEST(ErrorTable, CodeFindsItsOwnRow) {
  for (const ErrorInfo& e : all_errors()) EXPECT_EQ(error_info(e.code).id, e.id);
  EXPECT_EQ(error_info(static_cast<ErrorCode>(0xFFFF)).code, ErrorCode::internal);
}

Result<int> half(int x) {
  if (x % 2 != 0) return fail(ErrorCode::internal, "odd", {"file", "field", 3}, "use an even number");
  return x / 2;
}
Result<int> quarter(int x) {
  ME_TRY(const int h, half(x));
  return half(h);
}
Status check(int x) {
  ME_CHECK(quarter(x));
  return {};
}

TEST(Result, PassesValuesAndErrorsOn) {
  EXPECT_EQ(quarter(8).value(), 2);
  const Status s = check(6);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().message, "odd");
  EXPECT_EQ(s.error().where.field, "field");
  EXPECT_EQ(s.error().where.offset, 3u);
  EXPECT_EQ(s.error().hint, "use an even number");
  EXPECT_TRUE(check(8));
}

TEST(Severity, HasNames) {
  EXPECT_EQ(to_string(Severity::info), "info");
  EXPECT_EQ(to_string(Severity::warning), "warning");
  EXPECT_EQ(to_string(Severity::error), "error");
}

}  // namespace
}  // namespace modelexport
