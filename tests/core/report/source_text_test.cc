#include "report/source_text.h"

#include <gtest/gtest.h>

namespace modelexport::report {
namespace {

TEST(SourceText, EveryReasonHasWords) {
  for (int i = 0; i <= static_cast<int>(source::Reason::bad_name); ++i) {
    EXPECT_FALSE(reason_text(static_cast<source::Reason>(i)).empty());
  }
}

TEST(SourceText, OneLinePerSource) {
  EXPECT_EQ(source_line(source::classify("hf://org/name@main", nullptr, nullptr)),
            "hf://org/name@main  hub  revision main  (hub-scheme: it is written as a Hub address)");
  EXPECT_EQ(source_line(source::classify("./x", nullptr, nullptr)),
            "./x  local  (path-prefix: it is written as a path; nothing is there)");
}

}  // namespace
}  // namespace modelexport::report
