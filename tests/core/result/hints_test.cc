// No error leaves the user without something to do.
#include "result/hints.h"

#include <gtest/gtest.h>

namespace modelexport {
namespace {

TEST(Hints, EveryErrorHasOne) {
  for (const ErrorInfo& info : all_errors()) EXPECT_FALSE(usual_hint(info.code).empty()) << info.id;
}

TEST(Hints, AnErrorsOwnComesFirst) {
  Diagnostic diagnostic{ErrorCode::zip_truncated, Severity::error, "cut", {}, "get it again"};
  EXPECT_EQ(hint_of(diagnostic), "get it again");
  diagnostic.hint.clear();
  EXPECT_EQ(hint_of(diagnostic), usual_hint(ErrorCode::zip_truncated));
}

TEST(Hints, NameTheFileWhereItIsSafeToPaste) {
  Diagnostic diagnostic{ErrorCode::json_syntax, Severity::error, "broken", {.path = "dir/config.json"}, ""};
  EXPECT_NE(hint_of(diagnostic).find("json.tool dir/config.json"), std::string::npos);
  diagnostic.where.path = "a; rm -rf b";
  EXPECT_NE(hint_of(diagnostic).find("json.tool 'a; rm -rf b'"), std::string::npos);
  diagnostic.where.path = "-rf\n";
  EXPECT_NE(hint_of(diagnostic).find("json.tool FILE"), std::string::npos);
}

}  // namespace
}  // namespace modelexport
