#include "modelexport/symbolic.h"

#include <gtest/gtest.h>

namespace modelexport {
namespace {

const Expr s = Expr::symbol("s");
const Expr t = Expr::symbol("t");

TEST(Symbolic, EqualityIsStructuralOverCanonicalForms) {
  EXPECT_EQ(s * (t + 1), s * t + s);
  EXPECT_EQ((s + t) - t, s);
  EXPECT_NE(s, t);
  EXPECT_TRUE((s - s).is(0));
}

TEST(Symbolic, PrintsAsPeopleWriteSizes) {
  EXPECT_EQ((Expr::symbol("past") + Expr::symbol("sequence")).to_string(), "past + sequence");
  EXPECT_EQ((s - 1).to_string(), "s - 1");
  EXPECT_EQ((s * 2).to_string(), "2*s");
  EXPECT_EQ((-s).to_string(), "-s");
  EXPECT_EQ(floor_div(s + 1, 2).to_string(), "((s + 1) // 2)");
  EXPECT_EQ(Expr(0).to_string(), "0");
}

TEST(Symbolic, DivisionIsExactWhereItCanBe) {
  EXPECT_EQ(floor_div(s * t * 6, s * 2), t * 3);
  EXPECT_EQ(floor_div(s * 4 + 5, 4), s + 1);
  EXPECT_EQ(floor_div((s + t) * 3, s + t), 3);
  EXPECT_EQ(floor_div(-7, 2), -4);
  EXPECT_EQ(ceil_div(7, 2), 4);
  EXPECT_FALSE(floor_div(s, 2).constant());
  EXPECT_EQ(floor_div(floor_div(s, 5) + 1, 2), floor_div(s + 5, 10));
  EXPECT_EQ(mod(s * 6, 3), 0);
}

TEST(Symbolic, MaxAndMinFoldWhenTheOrderIsKnown) {
  EXPECT_EQ(max(s + 2, s), s + 2);
  EXPECT_EQ(min(s + 2, s), s);
  EXPECT_EQ(max(s, 0), s);
  EXPECT_EQ(max(s, t), max(t, s));
}

TEST(Symbolic, EvaluatesAndSubstitutes) {
  const Expr e = floor_div(s * t - 1, 2) + max(s, 3);
  EXPECT_EQ(e.evaluate({{"s", 5}, {"t", 2}}), 9);
  EXPECT_FALSE(e.evaluate({{"s", 5}}));
  EXPECT_FALSE(floor_div(s, t).evaluate({{"s", 1}, {"t", 0}}));
  EXPECT_EQ((s * s + t).substitute({{"s", t + 1}}), t * t + t * 3 + 1);
}

TEST(Symbolic, OverflowIsNoValue) {
  const Expr big = s * INT64_MAX;
  EXPECT_FALSE(big.evaluate({{"s", 2}}));
}

TEST(Symbolic, SignsAreKnownOnlyWhenProved) {
  EXPECT_TRUE((s + 1).known_positive());
  EXPECT_TRUE(s.known_non_negative());
  EXPECT_FALSE(s.known_positive());
  EXPECT_FALSE((s - t).known_non_negative());
}

}  // namespace
}  // namespace modelexport
