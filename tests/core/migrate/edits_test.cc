// Renaming inputs, freeing the batch axis, and the proof that nothing else changes.
#include <gtest/gtest.h>

#include "migrate/dynamic.h"
#include "migrate/proof.h"
#include "migrate/rename.h"
#include "toy.h"

namespace modelexport::migrate {
namespace {

/// Image and token inputs; `names` are what the exporter called them.
proto::ModelProto two_inputs(const std::vector<std::string>& names) {
  proto::ModelProto model = clean_toy();
  proto::GraphProto* graph = model.mutable_graph();
  graph->mutable_node(0)->set_input(1, names[0]);
  graph->mutable_input(0)->set_name(names[0]);
  set_value(graph->add_input(), names[1], {2, 3, 4, 4}, 1);
  proto::NodeProto* node = graph->add_node();
  node->set_op_type("Relu");
  node->add_input(names[1]);
  node->add_output("image");
  set_value(graph->add_output(), "image", {2, 3, 4, 4}, 1);
  return model;
}

struct Opened {
  explicit Opened(const proto::ModelProto& proto) : source(proto.SerializeAsString()) {
    auto view = onnx::ModelView::open(source);
    EXPECT_TRUE(view);
    model = std::make_unique<onnx::ModelView>(std::move(*view));
    auto read = read_nodes(*model);
    EXPECT_TRUE(read);
    nodes = std::move(*read);
  }
  MemorySource source;
  std::unique_ptr<onnx::ModelView> model;
  std::vector<NodeRecord> nodes;
};

TEST(Rename, SwappedNamesAreDealtOutByType) {
  const Opened file(two_inputs({"pixel_values", "input_ids"}));
  const auto found = find_renamings(*file.model, file.nodes);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].from + ">" + (*found)[0].to, "pixel_values>input_ids");
  EXPECT_EQ((*found)[1].from + ">" + (*found)[1].to, "input_ids>pixel_values");
  const Opened fine(two_inputs({"input_ids", "pixel_values"}));
  EXPECT_TRUE(find_renamings(*fine.model, fine.nodes)->empty());
}

TEST(Rename, WhatIsNotClearIsRefused) {
  // Two candidates for the image, and token ids that nobody looks up.
  proto::ModelProto two = two_inputs({"pixel_values", "input_ids"});
  set_value(two.mutable_graph()->add_input(), "token_type_ids", {2, 3, 4, 4}, 1);
  const Opened several(two);
  ASSERT_FALSE(find_renamings(*several.model, several.nodes));
  proto::ModelProto unused = two_inputs({"pixel_values", "input_ids"});
  unused.mutable_graph()->mutable_node(0)->set_op_type("GatherND");
  const Opened nobody(unused);
  const auto refused = find_renamings(*nobody.model, nobody.nodes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::migrate_rename);
}

/// x → op(x, …) → y with a batch of two.
proto::ModelProto one_op(const std::string& op, const std::vector<std::string>& more,
                         std::int64_t constant_first = 1) {
  proto::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  proto::GraphProto* graph = model.mutable_graph();
  graph->set_name("g");
  set_value(graph->add_input(), "pixel_values", {2, 3, 4, 4}, 1);
  set_value(graph->add_output(), "y", {2, 3, 4, 4}, 1);
  proto::NodeProto* node = graph->add_node();
  node->set_op_type(op);
  node->add_input("pixel_values");
  for (const std::string& input : more) node->add_input(input);
  node->add_output("y");
  proto::TensorProto* tensor = graph->add_initializer();
  tensor->set_name("c");
  tensor->set_data_type(1);
  for (const std::int64_t dim : {constant_first, std::int64_t{3}, std::int64_t{1}, std::int64_t{1}})
    tensor->add_dims(dim);
  tensor->set_raw_data(std::string(static_cast<std::size_t>(12 * constant_first), '\0'));
  return model;
}

bool proved(const proto::ModelProto& model) {
  const Opened file(model);
  const auto batch = prove_batch(*file.model, file.nodes);
  EXPECT_TRUE(batch || batch.error().code == ErrorCode::migrate_dynamic);
  return batch.has_value();
}

void set_int(proto::ModelProto& model, const std::string& name, std::int64_t value) {
  proto::AttributeProto* attribute = model.mutable_graph()->mutable_node(0)->add_attribute();
  attribute->set_name(name);
  attribute->set_type(proto::AttributeProto::INT);
  attribute->set_i(value);
}

TEST(Dynamic, WhatCarriesTheBatchThrough) {
  EXPECT_TRUE(proved(one_op("Relu", {})));
  EXPECT_TRUE(proved(one_op("Conv", {"c"})));
  EXPECT_TRUE(proved(one_op("Add", {"c"})));
  EXPECT_TRUE(proved(one_op("Mul", {"pixel_values"})));
  proto::ModelProto softmax = one_op("Softmax", {});
  set_int(softmax, "axis", -1);
  EXPECT_TRUE(proved(softmax));
}

TEST(Dynamic, WhatDoesNotOrIsNotKnown) {
  EXPECT_FALSE(proved(one_op("Add", {"c"}, 2)));  // a constant with the batch's size
  EXPECT_FALSE(proved(one_op("Shape", {})));
  EXPECT_FALSE(proved(one_op("Reshape", {"c"})));
  EXPECT_FALSE(proved(one_op("MatMul", {"c"})));
  for (const std::int64_t axis : {0, -4}) {
    proto::ModelProto softmax = one_op("Softmax", {});
    set_int(softmax, "axis", axis);
    EXPECT_FALSE(proved(softmax)) << axis;
  }
  proto::ModelProto foreign = one_op("Relu", {});
  foreign.mutable_graph()->mutable_node(0)->set_domain("com.microsoft");
  EXPECT_FALSE(proved(foreign));
  proto::ModelProto apart = one_op("Relu", {});
  set_value(apart.mutable_graph()->add_input(), "other", {3, 1}, 1);  // another first axis
  EXPECT_FALSE(proved(apart));
}

TEST(Dynamic, TransposeMustKeepTheFirstAxis) {
  for (const bool keeps : {true, false}) {
    proto::ModelProto model = one_op("Transpose", {});
    proto::AttributeProto* perm = model.mutable_graph()->mutable_node(0)->add_attribute();
    perm->set_name("perm");
    perm->set_type(proto::AttributeProto::INTS);
    for (const int axis : keeps ? std::vector<int>{0, 2, 3, 1} : std::vector<int>{1, 0, 2, 3})
      perm->add_ints(axis);
    EXPECT_EQ(proved(model), keeps);
  }
}

/// Same model after `change`, as a plan that writes it anew from a certain byte on.
Status compare(const proto::ModelProto& before, const proto::ModelProto& after) {
  const MemorySource source(before.SerializeAsString());
  onnx::EditPlan plan;
  plan.source_size = source.size();
  plan.pieces = {after.SerializeAsString()};
  plan.output_size = std::get<std::string>(plan.pieces[0]).size();
  plan.notes = {{"(file)", std::nullopt, std::nullopt}};
  const auto model = onnx::ModelView::open(source);
  const auto nodes = read_nodes(*model);
  return prove_same(source, *nodes, plan, {}, {});
}

TEST(Proof, MetadataMayDiffer) {
  proto::ModelProto after = clean_toy();
  add_entry(after.mutable_metadata_props(), "k", "v");
  add_entry(after.mutable_graph()->mutable_node(0)->mutable_metadata_props(), "hierarchy_tag", "/T");
  EXPECT_TRUE(compare(toy(), after));  // tag attributes are no part of the graph
}

TEST(Proof, EverythingElseIsFound) {
  using Model = proto::ModelProto;
  const std::vector<std::pair<const char*, void (*)(Model&)>> changes = {
      {"weight", [](Model& m) { (*m.mutable_graph()->mutable_initializer(0)->mutable_raw_data())[3] ^= 1; }},
      {"weight name", [](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_name("w"); }},
      {"operator", [](Model& m) { m.mutable_graph()->mutable_node(1)->set_op_type("Gemm"); }},
      {"input", [](Model& m) { m.mutable_graph()->mutable_node(1)->set_input(0, "x"); }},
      {"attribute", [](Model& m) { m.mutable_graph()->mutable_node(1)->add_attribute()->set_name("a"); }},
      {"node gone", [](Model& m) { m.mutable_graph()->mutable_node()->RemoveLast(); }},
      {"opset", [](Model& m) { m.mutable_opset_import(0)->set_version(18); }},
      {"ir", [](Model& m) { m.set_ir_version(10); }},
      {"producer", [](Model& m) { m.set_producer_name("p"); }},
      {"shape", [](Model& m) { m.mutable_graph()->mutable_input(0)->set_name("i"); }},
  };
  for (const auto& [what, change] : changes) {
    Model after = clean_toy();
    change(after);
    const Status same = compare(clean_toy(), after);
    ASSERT_FALSE(same) << what;
    EXPECT_EQ(same.error().code, ErrorCode::migrate_changed) << what;
  }
}

TEST(Proof, CopiesAreFollowedPieceByPiece) {
  onnx::EditPlan plan;
  plan.pieces = {ByteRange{0, 4}, ByteRange{4, 6}, std::string("ab"), ByteRange{20, 5}};
  const CopyMap map(plan);
  EXPECT_TRUE(map.is_copy({2, 6}, {2, 6}));
  EXPECT_TRUE(map.is_copy({12, 5}, {20, 5}));
  EXPECT_FALSE(map.is_copy({12, 5}, {12, 5}));
  EXPECT_FALSE(map.is_copy({9, 2}, {9, 2}));
  EXPECT_FALSE(map.is_copy({15, 9}, {23, 9}));
}

}  // namespace
}  // namespace modelexport::migrate
