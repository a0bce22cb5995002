// Edits: what changes, what stays verbatim, and that the result parses to the expected model.
#include "modelexport/edit_plan.h"

#include <gtest/gtest.h>

#include "proto/onnx.pb.h"
#include "wire/writer.h"

namespace modelexport::onnx {
namespace {

void add_entry(google::protobuf::RepeatedPtrField<proto::StringStringEntryProto>* list, const char* key,
               const std::string& value) {
  auto* entry = list->Add();
  entry->set_key(key);
  entry->set_value(value);
}

proto::ModelProto base_model() {
  proto::ModelProto model;
  model.set_ir_version(8);
  model.set_producer_name("before");
  for (int i = 0; i < 3; ++i) {
    auto* node = model.mutable_graph()->add_node();
    node->set_op_type("Op" + std::to_string(i));
    auto* attribute = node->add_attribute();
    attribute->set_name("a");
    attribute->set_i(i);
    attribute->set_type(proto::AttributeProto::INT);
  }
  add_entry(model.mutable_graph()->mutable_node(1)->mutable_metadata_props(), "tag", "/old");
  model.mutable_graph()->set_name("g");
  model.add_opset_import()->set_version(18);
  add_entry(model.mutable_metadata_props(), "k1", "v1");
  add_entry(model.mutable_metadata_props(), "k2", "v2");
  model.add_functions()->set_name("f");
  return model;
}

/// A model file, its view and builder.
struct Fixture {
  explicit Fixture(const std::string& bytes)
      : source(bytes), view(std::move(*ModelView::open(source))), edit(view) {}
  explicit Fixture(const proto::ModelProto& model) : Fixture(model.SerializeAsString()) {}

  /// Builds, executes and parses.
  proto::ModelProto result() {
    const auto built = edit.build();
    EXPECT_TRUE(built) << built.error().message;
    if (!built) return {};
    plan = *built;
    MemorySink sink;
    EXPECT_TRUE(execute(plan, source, sink, no_progress()));
    output = as_text(sink.bytes());
    EXPECT_EQ(output.size(), plan.output_size);
    const PlannedSource planned(plan, source);
    EXPECT_EQ(as_text(*read_range(planned, {0, planned.size()}, 1 << 20)), output);
    proto::ModelProto model;
    EXPECT_TRUE(model.ParseFromString(output));
    return model;
  }

  MemorySource source;
  ModelView view;
  EditBuilder edit;
  EditPlan plan;
  std::string output;
};

TEST(EditPlan, NoEditKeepsEveryByte) {
  Fixture f(base_model());
  f.edit.set_metadata("k1", "v1");
  f.edit.remove_metadata("absent");
  f.edit.set_text(HeaderText::producer_name, "before");
  EXPECT_EQ(f.result().SerializeAsString(), base_model().SerializeAsString());
  EXPECT_TRUE(f.plan.unchanged());
  EXPECT_EQ(f.plan.pieces.size(), 1U);
  EXPECT_EQ(in_place_tail(f.plan)->bytes, 0U);
}

TEST(EditPlan, SetsAndRemovesMetadata) {
  Fixture f(base_model());
  f.edit.set_metadata("k2", "changed");
  f.edit.set_metadata("k3", "new");
  f.edit.remove_metadata("k1");
  proto::ModelProto expected = base_model();
  expected.clear_metadata_props();
  add_entry(expected.mutable_metadata_props(), "k2", "changed");
  add_entry(expected.mutable_metadata_props(), "k3", "new");
  EXPECT_EQ(f.result().SerializeAsString(), expected.SerializeAsString());
  EXPECT_EQ(f.output, expected.SerializeAsString()) << "canonical order, verbatim rest";
  EXPECT_NE(describe(f.plan).find("metadata_props[k3]: (absent) -> \"new\""), std::string::npos);
}

TEST(EditPlan, MetadataEditsTouchOnlyTheTail) {
  Fixture f(base_model());
  f.edit.set_metadata("k3", "new");
  f.result();
  const auto tail = in_place_tail(f.plan);
  ASSERT_TRUE(tail);
  EXPECT_GT(tail->offset, f.view.header().graph_fields[0].field().end());
  const auto bytes = tail_bytes(f.plan, f.source, *tail);
  ASSERT_TRUE(bytes);
  const std::string before(as_text(*read_range(f.source, {0, tail->offset}, 1 << 20)));
  EXPECT_EQ(before + std::string(as_text(*bytes)), f.output);
  EXPECT_FALSE(in_place_tail(f.plan, 3)) << "more than the limit";
}

TEST(EditPlan, DuplicateKeysBecomeOne) {
  proto::ModelProto model = base_model();
  add_entry(model.mutable_metadata_props(), "k1", "last");
  Fixture f(model);
  f.edit.set_metadata("k1", "last");
  const proto::ModelProto result = f.result();
  ASSERT_EQ(result.metadata_props_size(), 2);
  EXPECT_EQ(result.metadata_props(1).value(), "last");
}

TEST(EditPlan, HeaderTexts) {
  Fixture f(base_model());
  f.edit.set_text(HeaderText::producer_name, "a much longer name than before");
  f.edit.set_text(HeaderText::domain, "com.example");
  const proto::ModelProto result = f.result();
  EXPECT_EQ(result.producer_name(), "a much longer name than before");
  EXPECT_EQ(f.output, result.SerializeAsString()) << "fields stay in ascending order";
  Fixture g(base_model());
  g.edit.set_text(HeaderText::producer_name, "");
  EXPECT_FALSE(g.result().has_producer_name());
}

TEST(EditPlan, NodeMetadataRewritesEnclosingLengths) {
  Fixture f(base_model());
  const std::string big(5000, 'x');  // the graph's length needs one more byte
  for (std::size_t i = 0; i < 3; ++i) {
    const MetadataOwner owner{MetadataOwner::Kind::node, f.view.graph().nodes[i],
                              "graph.node[" + std::to_string(i) + "]"};
    f.edit.set_metadata(owner, "tag", i == 1 ? "/new" : big);
  }
  f.edit.set_metadata({MetadataOwner::Kind::graph, f.view.graph().messages[0], "graph"}, "gk", "gv");
  f.edit.set_metadata("k1", "also");
  proto::ModelProto expected = base_model();
  for (int i = 0; i < 3; ++i) expected.mutable_graph()->mutable_node(i)->clear_metadata_props();
  for (int i = 0; i < 3; ++i)
    add_entry(expected.mutable_graph()->mutable_node(i)->mutable_metadata_props(), "tag",
              i == 1 ? "/new" : big);
  add_entry(expected.mutable_graph()->mutable_metadata_props(), "gk", "gv");
  expected.mutable_metadata_props(0)->set_value("also");
  f.result();
  EXPECT_EQ(f.output, expected.SerializeAsString());
  EXPECT_EQ(f.plan.notes.size(), 5U);
}

TEST(EditPlan, ReplacesRemovesAndInsertsMessages) {
  Fixture f(base_model());
  const auto node = f.view.node(f.view.graph().nodes[2]);
  ASSERT_TRUE(node);
  proto::AttributeProto attribute;
  attribute.set_name("renamed");
  attribute.set_i(300);
  f.edit.replace(node->message, node->attributes[0].message, 5, attribute.SerializeAsString(),
                 {"graph.node[2].attribute[0]", "a", "renamed"});
  f.edit.remove(f.view.graph().messages[0], f.view.graph().nodes[0], {"graph.node[0]", "Op0", {}});
  proto::OperatorSetIdProto opset;
  opset.set_domain("custom");
  opset.set_version(1);
  f.edit.insert(f.view.root(), 8, opset.SerializeAsString(), {"opset_import", {}, "custom 1"});
  proto::ModelProto expected = base_model();
  expected.mutable_graph()->mutable_node()->DeleteSubrange(0, 1);
  *expected.mutable_graph()->mutable_node(1)->mutable_attribute(0) = attribute;
  *expected.add_opset_import() = opset;
  f.result();
  EXPECT_EQ(f.output, expected.SerializeAsString());
}

TEST(EditPlan, InsertsIntoEmptyMessages) {
  proto::ModelProto model = base_model();
  model.mutable_graph()->add_node();  // empty, between others
  model.mutable_graph()->add_node()->set_op_type("Last");
  Fixture f(model);
  const MetadataOwner owner{MetadataOwner::Kind::node, f.view.graph().nodes[3], "graph.node[3]"};
  f.edit.set_metadata(owner, "k", "v");
  add_entry(model.mutable_graph()->mutable_node(3)->mutable_metadata_props(), "k", "v");
  f.result();
  EXPECT_EQ(f.output, model.SerializeAsString());
}

TEST(EditPlan, KeepsUnknownFieldsAndPaddingVerbatim) {
  std::string bytes = base_model().SerializeAsString();
  bytes +=
      "\x7A\x03"
      "abc";                                                        // unknown field 15
  bytes += std::string("\x72\x87\x80\x00\x0A\x01p\x12\x02vv", 11);  // an entry with a padded length
  Fixture f(bytes);
  f.edit.set_metadata("k1", "longer than before");
  f.result();
  EXPECT_EQ(f.output.substr(f.output.size() - 16), bytes.substr(bytes.size() - 16));
}

TEST(EditPlan, JoinsSplitGraphs) {
  std::string bytes = base_model().SerializeAsString();
  std::string more;
  wire::put_bytes(more, 2, "renamed");
  wire::put_bytes(bytes, 7, more);
  Fixture f(bytes);
  f.edit.merge_graphs();
  const proto::ModelProto result = f.result();
  EXPECT_EQ(result.graph().name(), "renamed");
  const MemorySource joined(f.output);
  EXPECT_EQ(ModelView::open(joined)->header().graph_fields.size(), 1U);
}

TEST(EditPlan, RefusesEditsThatDoNotFit) {
  {
    Fixture f(base_model());
    f.edit.remove(f.view.root(), f.view.header().graph_fields[0], {"graph", "", {}});
    f.edit.set_metadata({MetadataOwner::Kind::node, f.view.graph().nodes[0], "graph.node[0]"}, "k", "v");
    EXPECT_EQ(f.edit.build().error().code, ErrorCode::model_edit) << "inside a removed part";
  }
  {
    Fixture f(base_model());
    f.edit.remove(f.view.graph().messages[0], f.view.graph().nodes[0], {"n", "", {}});
    f.edit.remove(f.view.graph().messages[0], f.view.graph().nodes[0], {"n", "", {}});
    EXPECT_EQ(f.edit.build().error().code, ErrorCode::model_edit) << "twice";
  }
  for (const char* bad : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    Fixture f(base_model());
    f.edit.set_metadata("k", bad);
    EXPECT_EQ(f.edit.build().error().code, ErrorCode::model_edit);
  }
  Fixture f(base_model());
  f.edit.set_metadata("", "v");
  EXPECT_FALSE(f.edit.build());
  Fixture g(base_model());
  g.edit.set_metadata("k", "ä€😀");
  EXPECT_TRUE(g.edit.build());
  const auto plan = g.edit.build();
  MemorySink sink;
  EXPECT_EQ(execute(*plan, MemorySource("other"), sink, no_progress()).error().code, ErrorCode::model_edit);
}

TEST(EditPlan, DescriptionsAreSafeToPrint) {
  Fixture f(base_model());
  f.edit.set_metadata("k1", "\x1b[31mred\"");
  f.result();
  EXPECT_NE(describe(f.plan).find("\"\\x1b[31mred\\\"\""), std::string::npos);
}

TEST(EditPlan, TwoPlansAreOne) {
  const Fixture first(base_model());
  EditBuilder edit(first.view);
  edit.set_metadata("k1", "longer than before");
  edit.set_text(HeaderText::domain, "d");
  const auto one = edit.build();
  ASSERT_TRUE(one);
  const PlannedSource between(*one, first.source);
  const auto view = ModelView::open(between);
  ASSERT_TRUE(view);
  EditBuilder again(*view);
  again.set_metadata("k1", "last");
  again.remove_metadata("k2");
  again.set_metadata("k3", "new");
  const auto two = again.build();
  ASSERT_TRUE(two);
  const auto both = combine(*one, *two);
  ASSERT_TRUE(both);

  MemorySink apart;
  ASSERT_TRUE(execute(*two, between, apart, no_progress()));
  MemorySink together;
  ASSERT_TRUE(execute(*both, first.source, together, no_progress()));
  EXPECT_EQ(as_text(together.bytes()), as_text(apart.bytes()));
  EXPECT_EQ(both->notes.size(), one->notes.size() + two->notes.size());
  EXPECT_FALSE(combine(*two, *two));  // made for another size
}

}  // namespace
}  // namespace modelexport::onnx
