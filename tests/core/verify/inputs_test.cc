#include "verify/inputs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/support/aten_graph.h"

namespace modelexport::verify {
namespace {

using test::AtenGraph;

template <class T>
std::vector<T> elements(const Tensor& tensor) {
  std::vector<T> out(tensor.data.size() / sizeof(T));
  std::memcpy(out.data(), tensor.data.data(), tensor.data.size());
  return out;
}

Tensor make(const std::string& name, DType dtype, std::vector<Expr> shape,
            std::optional<std::int64_t> bound = std::nullopt, Sizes sizes = {}) {
  const auto made = make_inputs({{name, name, dtype, std::move(shape), {}}}, {bound}, sizes, 1 << 20);
  EXPECT_TRUE(made) << name;
  return made ? made->front() : Tensor{};
}

TEST(Inputs, TokensStayInTheVocabulary) {
  const auto ids = elements<std::int64_t>(make("decoder_input_ids", DType::int64, {4, 50}, 7));
  EXPECT_EQ(*std::min_element(ids.begin(), ids.end()), 0);
  EXPECT_EQ(*std::max_element(ids.begin(), ids.end()), 6);
}

TEST(Inputs, MasksMaskAnEndButNoWholeRow) {
  const auto mask = elements<std::int64_t>(make("attention_mask", DType::int64, {2, 4}));
  EXPECT_EQ(mask, (std::vector<std::int64_t>{1, 1, 1, 1, 1, 1, 0, 0}));
  const auto alone = elements<std::uint8_t>(make("pixel_mask", DType::boolean, {1, 3}));
  EXPECT_EQ(alone, (std::vector<std::uint8_t>{1, 1, 1}));
  // What true means is not known: some of both in every row.
  const auto unclear = elements<std::uint8_t>(make("mask", DType::boolean, {1, 4}));
  EXPECT_EQ(unclear[0], 0);
  EXPECT_EQ(unclear[1], 1);
  const auto padding = elements<std::uint8_t>(make("key_padding_mask", DType::boolean, {2, 3}));
  EXPECT_EQ(padding, (std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1}));
}

TEST(Inputs, PositionsGoOnAfterThePast) {
  const auto positions =
      elements<std::int64_t>(make("position_ids", DType::int64, {1, 3}, 8, {{"past_sequence_length", 4}}));
  EXPECT_EQ(positions, (std::vector<std::int64_t>{4, 5, 6}));
}

TEST(Inputs, SegmentsOfAModelWithOneKindAreAllTheSame) {
  const auto kinds = elements<std::int64_t>(make("token_type_ids", DType::int64, {1, 4}, 2));
  EXPECT_EQ(kinds, (std::vector<std::int64_t>{0, 0, 1, 1}));
  EXPECT_EQ(elements<std::int64_t>(make("token_type_ids", DType::int64, {1, 2}, 1)),
            (std::vector<std::int64_t>{0, 0}));
}

TEST(Inputs, NumbersAreInTheRangeOfTheirKind) {
  const auto pixels = elements<float>(make("pixel_values", DType::float32, {1, 3, 8, 8}));
  EXPECT_GE(*std::min_element(pixels.begin(), pixels.end()), 0.0F);
  const auto wave = elements<float>(make("input_values", DType::float32, {1, 64}));
  EXPECT_LT(*std::min_element(wave.begin(), wave.end()), 0.0F);
  EXPECT_EQ(make("x", DType::bfloat16, {2, 2}).data.size(), 8U);
}

TEST(Inputs, RefuseWhatCannotBeMade) {
  EXPECT_FALSE(make_inputs({{"x", "x", DType::float32, {1024, 1024}, {}}}, {}, {}, 1 << 20));
  EXPECT_FALSE(make_inputs({{"x", "x", DType::complex64, {2}, {}}}, {}, {}, 1 << 20));
}

TEST(Bounds, AreTheRowsOfTheTable) {
  AtenGraph g;
  const auto ids = g.input("input_ids", DType::int64, {2, 3});
  const auto other = g.input("x", DType::float32, {2});
  const auto table = g.graph.add_value("weight");
  g.graph.tensors.push_back(
      {"weight", aten::TensorKind::parameter, DType::float32, {30, 4}, {4, 1}, 0, {}, {}, {}});
  g.graph.values[table].tensor = 0;
  const auto row = g.op("aten::slice", "Tensor", {{"self", g.ref(ids)}, {"dim", g.number(1)}});
  g.output(g.op("aten::embedding", "", {{"weight", g.ref(table)}, {"indices", g.ref(row)}}));
  g.output(other);
  const auto bounds = index_bounds(g.graph);
  ASSERT_EQ(bounds.size(), 2U);
  EXPECT_EQ(bounds[0], 30);
  EXPECT_FALSE(bounds[1]);
}

}  // namespace
}  // namespace modelexport::verify
