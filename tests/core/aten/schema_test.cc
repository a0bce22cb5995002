#include "aten/schema.h"

#include <gtest/gtest.h>

namespace modelexport::aten {
namespace {

TEST(Schema, DefaultsOfEveryKind) {
  EXPECT_EQ(*schema_default("aten::add", "Tensor", "alpha")->get<std::int64_t>(), 1);
  EXPECT_TRUE(schema_default("aten::slice", "Tensor", "start")->is_none());
  EXPECT_EQ(*schema_default("aten::gelu", "", "approximate")->get<std::string>(), "none");
  EXPECT_DOUBLE_EQ(*schema_default("aten::layer_norm", "", "eps")->get<double>(), 1e-5);
  EXPECT_FALSE(*schema_default("aten::mean", "dim", "keepdim")->get<bool>());
}

TEST(Schema, InPlaceFormsShareTheFunctionalSignature) {
  EXPECT_EQ(find_schema("aten::add_", "Tensor"), find_schema("aten::add", "Tensor"));
}

TEST(Schema, NoDefaultAndNoOperatorAreNothing) {
  EXPECT_FALSE(schema_default("aten::add", "Tensor", "self"));
  EXPECT_FALSE(schema_default("aten::no_such_operator", "", "x"));
}

}  // namespace
}  // namespace modelexport::aten
