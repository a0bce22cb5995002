#include "pt2/srepr.h"

#include <gtest/gtest.h>

namespace modelexport::pt2 {
namespace {

std::string text_of(std::string_view srepr) {
  const auto expr = parse_srepr(srepr, {});
  return expr ? expr->to_string() : "error: " + expr.error().message;
}
std::int64_t value_of(std::string_view srepr, std::int64_t s0, std::int64_t s1 = 0) {
  const auto expr = parse_srepr(srepr, {});
  EXPECT_TRUE(expr) << srepr;
  return expr ? expr->evaluate({{"s0", s0}, {"s1", s1}}).value_or(-999) : -998;
}

#define S0 "Symbol('s0', positive=True, integer=True)"
#define S1 "Symbol('s1', positive=True, integer=True)"

TEST(Srepr, Atoms) {
  EXPECT_EQ(text_of("Symbol('s18', positive=True, integer=True)"), "s18");
  EXPECT_EQ(text_of("Symbol('u0')"), "u0");
  EXPECT_EQ(text_of("Integer(-3)"), "-3");
  EXPECT_EQ(text_of("12"), "12");
  EXPECT_EQ(text_of("s7"), "s7");
}

TEST(Srepr, Functions) {
  EXPECT_EQ(value_of("Add(Mul(Integer(2), " S0 "), Integer(-1))", 5), 9);
  EXPECT_EQ(value_of("Mul(" S0 ", " S1 ", Integer(3))", 5, 7), 105);
  EXPECT_EQ(value_of("Mul(Integer(4), Pow(" S0 ", Integer(2)))", 5), 100);
  EXPECT_EQ(value_of("Max(Integer(1), Add(FloorDiv(" S0 ", Integer(5)), Integer(-1)))", 23), 3);
  EXPECT_EQ(value_of("Min(Integer(32), Mul(Integer(32), " S0 "))", 0), 0);
  EXPECT_EQ(value_of("Mod(" S0 ", Integer(4))", 7), 3);
  EXPECT_EQ(value_of("PythonMod(" S0 ", Integer(4))", 7), 3);
  EXPECT_EQ(value_of("ModularIndexing(" S0 ", Integer(2), Integer(3))", 11), 2);
  EXPECT_EQ(value_of("CeilToInt(IntTrueDiv(" S0 ", Integer(2)))", 7), 4);
  EXPECT_EQ(value_of("FloorToInt(IntTrueDiv(" S0 ", Integer(2)))", 7), 3);
  EXPECT_EQ(value_of("TruncToInt(IntTrueDiv(" S0 ", Integer(2)))", 7), 3);
}

TEST(Srepr, FractionsCancel) {
  EXPECT_EQ(value_of("Mul(Rational(1, 2), " S0 ")", 8), 4);
  EXPECT_EQ(value_of("Add(Mul(Rational(1, 2), " S0 "), Mul(Rational(1, 2), " S0 "))", 7), 7);
  EXPECT_EQ(value_of("Mul(" S0 ", Pow(" S1 ", Integer(-1)))", 12, 3), 4);
}

TEST(Srepr, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(parse_srepr("sin(" S0 ")", {}).error().code, ErrorCode::pt2_unsupported);
  EXPECT_EQ(parse_srepr("Pow(" S0 ", Integer(100))", {}).error().code, ErrorCode::pt2_unsupported);
  for (const char* bad : {"", "(", "Add(", "Add()", "Add(1,)", "Symbol(s0)", "Symbol('s0'",
                          "Symbol('', x=True)", "Integer(x y)", "1 2", "Integer(99999999999999999999)",
                          "Symbol('s0', positive)", "Symbol('a b')", "@"}) {
    EXPECT_FALSE(parse_srepr(bad, {})) << bad;
  }
}

TEST(Srepr, LimitsHold) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "Add(1,";
  EXPECT_FALSE(parse_srepr(deep, {}));
  std::string wide = "Add(1";
  for (int i = 0; i < 20'000; ++i) wide += ",1";
  EXPECT_FALSE(parse_srepr(wide + ")", {}));
  EXPECT_FALSE(parse_srepr(std::string(2 << 20, ' '), {}));
}

}  // namespace
}  // namespace modelexport::pt2
