#include "modelexport/symbolic.h"

#include <gtest/gtest.h>

#include "aten/expression_limits.h"

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

TEST(Symbolic, QuotientsThatDoNotFitStayDivisions) {
  const Expr least = s * INT64_MIN;
  EXPECT_FALSE(Expr::divide_exact(least, -1));
  EXPECT_FALSE(Expr::divide_exact(s, 0));
  EXPECT_FALSE(floor_div(least, -1).constant());
  EXPECT_TRUE(floor_div(INT64_MIN, -1).constant());
}

TEST(Symbolic, GrowthEndsAtALimit) {
  // Squares of sums, products of products, functions of functions: each would grow beyond any memory.
  Expr sum;
  for (int i = 0; i < 10; ++i) sum = sum + Expr::symbol("s" + std::to_string(i));
  Expr squared = sum;
  Expr power = s;
  Expr nested = max(s, t);
  Expr remainder = mod(s, t);
  for (int i = 0; i < 300; ++i) {
    squared = squared * squared;
    power = power * power;
    nested = max(nested * nested, floor_div(nested, t + i));
    remainder = mod(t + i, remainder + s);
  }
  for (const Expr& grown : {squared, power, nested, remainder}) {
    EXPECT_TRUE(is_too_complex(grown));
    EXPECT_TRUE(is_too_complex(grown + 1));
    EXPECT_TRUE(is_too_complex(1 - grown));
    EXPECT_TRUE(is_too_complex(floor_div(grown, 2)));
    EXPECT_FALSE(grown.evaluate({{"s", 1}, {"t", 1}}));
    EXPECT_TRUE((grown * 0).is(0));
  }
  EXPECT_FALSE(is_too_complex(sum * sum));
}

TEST(Symbolic, SignsAreKnownOnlyWhenProved) {
  EXPECT_TRUE((s + 1).known_positive());
  EXPECT_TRUE(s.known_non_negative());
  EXPECT_FALSE(s.known_positive());
  EXPECT_FALSE((s - t).known_non_negative());
}

}  // namespace
}  // namespace modelexport
