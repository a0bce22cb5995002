// Types and shapes that go into bodies and functions and come out of them.
#include <gtest/gtest.h>

#include "models.h"

namespace modelexport::check {
namespace {

using Errors = std::vector<std::string>;
using Ints = std::vector<std::int64_t>;

Errors errors(const proto::ModelProto& model) {
  const std::string bytes = model.SerializeAsString();
  const MemorySource source(bytes, "model.onnx");
  return errors_of(check_model(source, {}));
}

proto::GraphProto* add_body(proto::NodeProto* node, const std::string& name) {
  proto::AttributeProto* attribute = node->add_attribute();
  attribute->set_name(name);
  attribute->set_type(proto::AttributeProto::GRAPH);
  attribute->mutable_g()->set_name(name);
  return attribute->mutable_g();
}

// --- If ----------------------------------------------------------------------------------------------------

/// z = If(c): Relu(x), or `op` of x; then w = `after`(z, z).
proto::ModelProto branches(const std::string& op, const std::string& after) {
  proto::ModelProto model = good_model();
  proto::GraphProto* graph = model.mutable_graph();
  set_value(graph->add_input(), "c", {}, 9);
  proto::NodeProto* node = add_node(graph, "If", {"c"}, {"z"});
  for (const char* name : {"then_branch", "else_branch"}) {
    proto::GraphProto* body = add_body(node, name);
    const std::string out = std::string(name) + "_out";
    const bool other = std::string_view(name) == "else_branch";
    add_node(body, other ? op : "Relu", {"x"}, {out});
    set_value(body->add_output(), out, {}, other && op == "Shape" ? 7 : 1);
    body->mutable_output(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  }
  add_node(graph, after, {"z", "z"}, {"w"});
  return model;
}

TEST(Branches, ReturnTheSameTypes) {
  EXPECT_EQ(errors(branches("Neg", "Add")), Errors{});
  EXPECT_EQ(errors(branches("Shape", "Add")), Errors{"ME-OP-017"});
}

TEST(Branches, ResultsAreKnownAfterwards) {
  EXPECT_EQ(errors(branches("Neg", "And")), Errors{"ME-OP-010"});
  EXPECT_EQ(errors(branches("Neg", "MatMul")), Errors{"ME-OP-012"});  // [2,4] and [2,4]
}

// --- Loop and Scan -----------------------------------------------------------------------------------------

/// fin, all = Loop(n, c, x) with x as [2,4] floats: carries `op`(a).
proto::ModelProto loop(int body_type, const std::string& op, const Ints& condition = {}) {
  proto::ModelProto model = good_model();
  proto::GraphProto* graph = model.mutable_graph();
  set_value(graph->add_input(), "n", {}, 7);
  set_value(graph->add_input(), "c", condition, 9);
  proto::GraphProto* body = add_body(add_node(graph, "Loop", {"n", "c", "x"}, {"fin", "all"}), "body");
  set_value(body->add_input(), "i", {}, 7);
  set_value(body->add_input(), "ci", {}, 9);
  set_value(body->add_input(), "a", {2, 4}, body_type);
  add_node(body, "Identity", {"ci"}, {"co"});
  add_node(body, op, {"a"}, {"a2"});
  add_node(body, "Identity", {"a2"}, {"s"});
  set_value(body->add_output(), "co", {}, 9);
  for (const char* name : {"a2", "s"}) {
    body->add_output()->set_name(name);
  }
  return model;
}

TEST(Loops, CarryOneType) {
  EXPECT_EQ(errors(loop(1, "Relu")), Errors{});
  EXPECT_EQ(errors(loop(7, "Neg")), Errors{"ME-OP-016"});
  EXPECT_EQ(errors(loop(1, "Shape")), Errors{"ME-OP-017"});
}

TEST(Loops, TheConditionIsOneValue) { EXPECT_EQ(errors(loop(1, "Relu", {2})), Errors{"ME-OP-016"}); }

TEST(Loops, WhatIsCollectedHasOneDimensionMore) {
  proto::ModelProto model = loop(1, "Relu");
  add_int(add_node(model.mutable_graph(), "Concat", {"all", "all"}, {"joined"}), "axis", 2);
  EXPECT_EQ(errors(model), Errors{});
  model.mutable_graph()->mutable_node()->rbegin()->mutable_attribute(0)->set_i(3);
  EXPECT_EQ(errors(model), Errors{"ME-OP-012"});
}

/// t, o = Scan(s, x): x is [5,4], taken apart along the first axis.
proto::ModelProto scan(std::int64_t inputs, const Ints& element, const Ints& axes = {0}) {
  proto::ModelProto model = good_model();
  proto::GraphProto* graph = model.mutable_graph();
  set_value(graph->add_input(), "s", {4});
  set_value(graph->add_input(), "rows", {5, 4});
  proto::NodeProto* node = add_node(graph, "Scan", {"s", "rows"}, {"t", "o"});
  add_int(node, "num_scan_inputs", inputs);
  proto::AttributeProto* attribute = node->add_attribute();
  attribute->set_name("scan_input_axes");
  attribute->set_type(proto::AttributeProto::INTS);
  for (const std::int64_t axis : axes) attribute->add_ints(axis);
  proto::GraphProto* body = add_body(node, "body");
  set_value(body->add_input(), "a", {4});
  set_value(body->add_input(), "e", element);
  add_node(body, "Add", {"a", "e"}, {"a2"});
  add_node(body, "Identity", {"e"}, {"r"});
  for (const char* name : {"a2", "r"}) body->add_output()->set_name(name);
  return model;
}

TEST(Scans, TakeTheirInputsApart) {
  EXPECT_EQ(errors(scan(1, {4})), Errors{});
  EXPECT_EQ(errors(scan(1, {5})), Errors{"ME-OP-016"});
  EXPECT_EQ(errors(scan(3, {4})), Errors{"ME-OP-017"});
  EXPECT_EQ(errors(scan(1, {4}, {2})), Errors{"ME-OP-017"});
  EXPECT_EQ(errors(scan(1, {4}, {0, 0})), Errors{"ME-OP-017"});
}

TEST(Scans, PutTheirOutputsTogether) {
  proto::ModelProto model = scan(1, {4});  // o is [5,4]
  add_node(model.mutable_graph(), "MatMul", {"o", "o"}, {"z"});
  EXPECT_EQ(errors(model), Errors{"ME-OP-012"});
}

// --- Functions ---------------------------------------------------------------------------------------------

/// z = f::F(x, other), with F(a, b) = op(a, b).
proto::ModelProto call(const std::string& op, const Ints& other, int type = 1) {
  proto::ModelProto model = good_model();
  set_value(model.mutable_graph()->add_input(), "other", other, type);
  proto::OperatorSetIdProto* own = model.add_opset_import();
  own->set_domain("f");
  own->set_version(1);
  proto::FunctionProto* function = model.add_functions();
  function->set_name("F");
  function->set_domain("f");
  function->add_opset_import()->set_version(17);
  function->add_input("a");
  function->add_input("b");
  function->add_output("r");
  proto::NodeProto* node = function->add_node();
  node->set_op_type(op);
  for (const char* name : {"a", "b"}) node->add_input(name);
  node->add_output("r");
  add_node(model.mutable_graph(), "F", {"x", "other"}, {"z"})->set_domain("f");
  return model;
}

proto::NodeProto* call_of(proto::ModelProto& model) {
  return model.mutable_graph()->mutable_node(model.graph().node_size() - 1);
}

TEST(FunctionCalls, GiveTheBodyItsTypesAndShapes) {
  EXPECT_EQ(errors(call("MatMul", {4, 3})), Errors{});
  EXPECT_EQ(errors(call("MatMul", {3, 3})), Errors{"ME-OP-018"});
  EXPECT_EQ(errors(call("Add", {2, 4}, 7)), Errors{"ME-OP-018"});
}

TEST(FunctionCalls, ResultsAreKnownAfterwards) {
  proto::ModelProto model = call("MatMul", {4, 3});  // z is [2,3]
  add_node(model.mutable_graph(), "MatMul", {"z", "z"}, {"w"});
  EXPECT_EQ(errors(model), Errors{"ME-OP-012"});
}

TEST(FunctionCalls, HaveTheFunctionsInputsAndOutputs) {
  proto::ModelProto more = call("Add", {2, 4});
  call_of(more)->add_input("x");
  EXPECT_EQ(errors(more), Errors{"ME-OP-018"});
  proto::ModelProto fewer = call("Add", {2, 4});
  fewer.mutable_functions(0)->add_output("a");
  EXPECT_EQ(errors(fewer), Errors{"ME-OP-018"});
  proto::ModelProto omitted = call("Add", {2, 4});
  call_of(omitted)->mutable_input()->RemoveLast();
  EXPECT_EQ(errors(omitted), Errors{"ME-OP-018"});
}

TEST(FunctionCalls, AttributesReachTheBody) {
  for (const std::int64_t axis : {1, 2}) {
    proto::ModelProto model = call("Softmax", {2, 4});
    proto::FunctionProto* function = model.mutable_functions(0);
    function->add_attribute("along");
    proto::NodeProto* node = function->mutable_node(0);
    node->mutable_input()->RemoveLast();
    proto::AttributeProto* reference = node->add_attribute();
    reference->set_name("axis");
    reference->set_ref_attr_name("along");
    reference->set_type(proto::AttributeProto::INT);
    add_int(call_of(model), "along", axis);
    EXPECT_EQ(errors(model), axis == 1 ? Errors{} : Errors{"ME-OP-018"});
    call_of(model)->mutable_attribute(0)->set_type(proto::AttributeProto::FLOAT);
    call_of(model)->mutable_attribute(0)->clear_i();
    call_of(model)->mutable_attribute(0)->set_f(1);
    EXPECT_EQ(errors(model), Errors{"ME-OP-018"});
  }
}

TEST(FunctionCalls, AnOperatorOfThatNameComesFirst) {
  proto::ModelProto model = call("And", {2, 4});
  model.mutable_functions(0)->set_domain("");
  model.mutable_functions(0)->set_name("Add");
  call_of(model)->set_domain("");
  call_of(model)->set_op_type("Add");
  EXPECT_EQ(errors(model), Errors{});
}

// --- Sequences ---------------------------------------------------------------------------------------------

TEST(Sequences, HoldOneType) {
  for (const bool fits : {true, false}) {
    proto::ModelProto model = good_model();
    proto::GraphProto* graph = model.mutable_graph();
    set_value(graph->add_input(), "k", {2}, 7);
    add_node(graph, "SequenceConstruct", {"x", "x"}, {"q"});
    add_node(graph, "SequenceInsert", {"q", fits ? "y" : "k"}, {"r"});
    EXPECT_EQ(errors(model), fits ? Errors{} : Errors{"ME-OP-011"});
  }
}

TEST(Sequences, GiveBackWhatTheyHold) {
  proto::ModelProto model = good_model();
  proto::GraphProto* graph = model.mutable_graph();
  set_value(graph->add_input(), "k", {}, 7);
  add_node(graph, "SequenceConstruct", {"x"}, {"q"});
  add_node(graph, "SequenceAt", {"q", "k"}, {"one"});
  add_node(graph, "Not", {"one"}, {"z"});
  EXPECT_EQ(errors(model), Errors{"ME-OP-010"});
}

}  // namespace
}  // namespace modelexport::check
