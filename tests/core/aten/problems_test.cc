#include "aten/problems.h"

#include <gtest/gtest.h>

namespace modelexport::aten {
namespace {

Diagnostic problem(std::string message, std::string place) {
  Diagnostic out{ErrorCode::exp_unsupported_form, Severity::error, {}, {}, {}};
  out.message = std::move(message);
  out.where.field = std::move(place);
  return out;
}

TEST(Summary, OneProblemIsItself) {
  const Diagnostic out = summary({problem("a", "x (f.py:1)")});
  EXPECT_EQ(out.message, "a");
  EXPECT_EQ(out.where.field, "x (f.py:1)");
}

TEST(Summary, EqualMessagesAreOneWithTheirPlaces) {
  EXPECT_EQ(summary({problem("a", "x"), problem("a", "y"), problem("a", "x")}).message, "a, in x, y");
  EXPECT_EQ(summary({problem("a", "x"), problem("b", "y"), problem("a", "z")}).message,
            "2 things cannot be exported:\n  a, in x, z\n  b, in y");
}

TEST(Summary, ManyPlacesAreCounted) {
  Diagnostics all;
  for (int i = 0; i < 20; ++i) all.push_back(problem("a", "p" + std::to_string(i)));
  EXPECT_EQ(summary(all).message, "a, in p0, p1, p2, p3, p4, p5, p6, p7, and 12 more places");
}

}  // namespace
}  // namespace modelexport::aten
