#include "verify/sizes.h"

#include <gtest/gtest.h>

namespace modelexport::verify {
namespace {

PortFact port(std::string name, std::vector<Expr> shape, std::vector<std::int64_t> example) {
  return {name, name, DType::int64, std::move(shape), std::move(example)};
}
const Expr kBatch = Expr::symbol("batch_size");
const Expr kLength = Expr::symbol("sequence_length");

TEST(Sizes, EverySymbolChangesTwice) {
  const SizePlan plan = plan_sizes({port("input_ids", {kBatch, kLength}, {2, 16})}, {});
  EXPECT_EQ(to_string(plan.example), "batch_size=2, sequence_length=16");
  EXPECT_EQ(to_string(plan.smaller), "batch_size=1, sequence_length=11");
  EXPECT_EQ(to_string(plan.larger), "batch_size=3, sequence_length=20");
  EXPECT_EQ(to_string(plan.cautious), "batch_size=3, sequence_length=12");
}

TEST(Sizes, StayInTheRangesOfTheArchive) {
  const Ranges archive = {{"s1", {2, 1000}}, {"s2", {4, 18}}};
  const std::vector<PortFact> inputs = {port("input_ids", {kBatch, kLength}, {2, 16})};
  const Ranges named = named_ranges({{Expr::symbol("s1"), Expr::symbol("s2")}}, inputs, archive);
  EXPECT_FALSE(named.at("batch_size").min);  // PyTorch's 2 is no limit
  const SizePlan plan = plan_sizes(inputs, named);
  EXPECT_EQ(plan.smaller.at("batch_size"), 1);
  EXPECT_EQ(plan.larger.at("sequence_length"), 18);
}

TEST(Sizes, SumsFollowTheirParts) {
  const Expr past = Expr::symbol("past_sequence_length");
  const std::vector<PortFact> inputs = {port("input_ids", {kBatch, kLength}, {2, 3}),
                                        port("attention_mask", {kBatch, past + kLength}, {2, 8}),
                                        port("past_key_values.0.key", {kBatch, 2, past, 4}, {2, 2, 5, 4})};
  const SizePlan plan = plan_sizes(inputs, {});
  EXPECT_EQ(dims_at(inputs[1].shape, plan.example), (std::vector<std::int64_t>{2, 8}));
  EXPECT_EQ(dims_at(inputs[1].shape, plan.larger), (std::vector<std::int64_t>{3, 10}));
}

TEST(Sizes, NothingSymbolicNothingToVary) {
  const SizePlan plan = plan_sizes({port("x", {2, 3}, {2, 3})}, {});
  EXPECT_EQ(plan.smaller, plan.example);
  EXPECT_EQ(plan.larger, plan.example);
}

TEST(Sizes, UnknownSymbolsHaveNoDims) {
  EXPECT_FALSE(dims_at({kBatch}, {}));
  EXPECT_FALSE(dims_at({kBatch - Expr(3)}, {{"batch_size", 2}}));
}

}  // namespace
}  // namespace modelexport::verify
