// Views of models built with the generated classes and by hand: what is found, what is read, what is refused.
#include "modelexport/model_view.h"

#include <gtest/gtest.h>

#include "onnx/schema.h"
#include "proto/onnx.pb.h"
#include "wire/writer.h"

namespace modelexport::onnx {
namespace {

proto::ModelProto small_model() {
  proto::ModelProto model;
  model.set_ir_version(8);
  model.set_producer_name("P");
  model.set_model_version(3);
  auto* opset = model.add_opset_import();
  opset->set_domain("");
  opset->set_version(18);
  for (const char* value : {"first", "second"}) {
    auto* entry = model.add_metadata_props();
    entry->set_key("key");
    entry->set_value(value);
  }
  auto* graph = model.mutable_graph();
  graph->set_name("main");
  auto* node = graph->add_node();
  node->add_input("x");
  node->add_input("");
  node->add_output("y");
  node->set_name("n");
  node->set_op_type("If");
  auto* tag = node->add_metadata_props();
  tag->set_key("tag");
  tag->set_value("/A");
  auto* attribute = node->add_attribute();
  attribute->set_name("then_branch");
  attribute->set_type(proto::AttributeProto::GRAPH);
  attribute->mutable_g()->set_name("inner");
  attribute->mutable_g()->add_node()->set_op_type("Inner");
  attribute = node->add_attribute();
  attribute->set_name("s");
  attribute->set_s("text");
  attribute->set_type(proto::AttributeProto::STRING);
  attribute = node->add_attribute();
  attribute->set_name("value");
  attribute->set_type(proto::AttributeProto::TENSOR);
  attribute->mutable_t()->add_dims(2);
  attribute->mutable_t()->add_float_data(1);
  attribute->mutable_t()->add_float_data(2);
  auto* tensor = graph->add_initializer();
  tensor->set_name("w");
  tensor->add_dims(2);
  tensor->add_dims(3);
  tensor->set_data_type(1);
  tensor->set_raw_data(std::string(24, 'w'));
  auto* input = graph->add_input();
  input->set_name("x");
  auto* type = input->mutable_type()->mutable_tensor_type();
  type->set_elem_type(7);
  type->mutable_shape()->add_dim()->set_dim_param("batch");
  type->mutable_shape()->add_dim()->set_dim_value(5);
  type->mutable_shape()->add_dim();
  return model;
}

TEST(ModelView, FindsEverything) {
  const MemorySource source(small_model().SerializeAsString());
  const auto view = ModelView::open(source);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->header().ir_version, 8);
  EXPECT_EQ(view->header().producer_name, "P");
  EXPECT_EQ(view->header().model_version, 3);
  EXPECT_EQ(view->header().opset_imports[0].version, 18);
  EXPECT_EQ(view->header().metadata.size(), 2U);
  EXPECT_EQ(*view->find_metadata("key"), "second");
  EXPECT_EQ(view->find_metadata("other"), nullptr);

  const GraphView& graph = view->graph();
  EXPECT_EQ(graph.name, "main");
  ASSERT_EQ(graph.initializers.size(), 1U);
  const TensorView& w = graph.initializers[0];
  EXPECT_EQ(w.name, "w");
  EXPECT_EQ(w.dims, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(w.bytes(), 24U);
  EXPECT_EQ(as_text(*read_range(source, w.data, 100)), std::string(24, 'w'));
  EXPECT_EQ(w.data_fields, std::vector<std::uint32_t>{9});

  const auto input = view->value(graph.inputs[0]);
  ASSERT_TRUE(input);
  EXPECT_EQ(input->name, "x");
  EXPECT_EQ(input->kind, ValueKind::tensor);
  EXPECT_EQ(input->elem_type, 7);
  EXPECT_EQ(input->shape, (std::vector<Dim>{std::string("batch"), std::int64_t{5}, std::monostate{}}));
}

TEST(ModelView, ParsesNodesAndSubgraphs) {
  const MemorySource source(small_model().SerializeAsString());
  const auto view = ModelView::open(source);
  ASSERT_TRUE(view);
  const auto node = view->node(view->graph().nodes[0]);
  ASSERT_TRUE(node) << node.error().message;
  EXPECT_EQ(node->op_type, "If");
  EXPECT_EQ(node->inputs, (std::vector<std::string>{"x", ""}));
  EXPECT_EQ(node->metadata[0].value, "/A");
  ASSERT_EQ(node->attributes.size(), 3U);
  EXPECT_EQ(node->attributes[1].s, "text");
  ASSERT_EQ(node->attributes[0].graphs.size(), 1U);
  const auto inner = view->subgraph(node->attributes[0].graphs[0]);
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->name, "inner");
  EXPECT_EQ(view->node(inner->nodes[0])->op_type, "Inner");
  const auto value = view->tensor(node->attributes[2].tensors[0]);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->data.size, 8U) << "packed floats are one run";
  EXPECT_EQ(view->path_at(value->data.offset), "graph.node[0].attribute[2].t.float_data[0]");
  EXPECT_EQ(view->path_at(node->attributes[1].string.content().offset), "graph.node[0].attribute[1].s");
  EXPECT_EQ(view->path_at(view->header().metadata[1].message.offset), "metadata_props[1]");
}

/// Answers reads inside `hole` with zeros and fails the test for it: weights must not be read.
class HoleSource final : public ByteSource {
 public:
  HoleSource(std::string before, std::uint64_t hole, std::string after)
      : before_(std::move(before)), hole_(hole), after_(std::move(after)) {}
  std::uint64_t size() const override { return before_.size() + hole_ + after_.size(); }
  std::string name() const override { return "(hole)"; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    read += out.size();
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint64_t at = offset + i;
      char c = 0;
      if (at < before_.size()) c = before_[at];
      if (at >= before_.size() + hole_) c = after_[at - before_.size() - hole_];
      out[i] = static_cast<std::byte>(c);
    }
    return {};
  }
  mutable std::uint64_t read = 0;

 private:
  std::string before_;
  std::uint64_t hole_;
  std::string after_;
};

TEST(ModelView, SkipsGigabytesOfWeights) {
  const std::uint64_t weights = 1'900'000'000;
  std::string tensor;
  wire::put_int(tensor, 1, static_cast<std::int64_t>(weights / 4));
  wire::put_int(tensor, 2, 1);
  wire::put_bytes(tensor, 8, "w");
  wire::put_header(tensor, 9, weights);
  std::string before("\x08\x08", 2);
  std::string graph_rest;
  wire::put_bytes(graph_rest, 2, "main");
  const std::uint64_t graph_size = graph_rest.size() + wire::framed_size(5, tensor.size() + weights);
  wire::put_header(before, 7, graph_size);
  wire::put_header(before, 5, tensor.size() + weights);
  before += tensor;
  std::string entry;
  wire::put_bytes(entry, 1, "k");
  wire::put_bytes(entry, 2, "v");
  std::string after = graph_rest;
  wire::put_bytes(after, 14, entry);
  const HoleSource source(before, weights, after);
  const auto view = ModelView::open(source);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->graph().initializers[0].bytes(), weights);
  EXPECT_EQ(view->graph().name, "main");
  EXPECT_EQ(*view->find_metadata("k"), "v");
  EXPECT_LT(source.read, 2000U);
  EXPECT_EQ(view->read_stats().bytes, source.read);
}

TEST(ModelView, MergesSplitGraphsAndKeepsTheirPlaces) {
  std::string bytes = small_model().SerializeAsString();
  std::string more;
  wire::put_bytes(more, 2, "renamed");
  wire::put_bytes(bytes, 7, more);
  const MemorySource source(bytes);
  const auto view = ModelView::open(source);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->header().graph_fields.size(), 2U);
  EXPECT_EQ(view->graph().name, "renamed");
  EXPECT_EQ(view->graph().nodes.size(), 1U);
}

ErrorCode refusal(const std::string& bytes, const Limits& limits = {}) {
  const MemorySource source(bytes);
  const auto view = ModelView::open(source, limits);
  return view ? ErrorCode::internal : view.error().code;
}

TEST(ModelView, RefusesWhatIsNoModel) {
  EXPECT_EQ(refusal(""), ErrorCode::model_no_graph);
  EXPECT_EQ(refusal("\x08\x08"), ErrorCode::model_no_graph);
  EXPECT_EQ(refusal("<!DOCTYPE html>"), ErrorCode::wire_tag);
  EXPECT_EQ(refusal("version https://git-lfs.github.com/spec/v1\n"), ErrorCode::wire_tag);
  const std::string good = small_model().SerializeAsString();
  EXPECT_EQ(refusal(good + std::string(1, '\0')), ErrorCode::wire_tag) << "trailing zero";
  Limits few;
  few.nodes = 0;
  EXPECT_EQ(refusal(good, few), ErrorCode::model_limit);
}

TEST(ModelView, EveryTruncationIsAnErrorOrAModelWithoutTail) {
  const std::string good = small_model().SerializeAsString();
  for (std::size_t size = 0; size < good.size(); ++size) {
    const MemorySource source(good.substr(0, size));
    const auto view = ModelView::open(source);
    if (!view) continue;
    EXPECT_EQ(view->graph().name, "main") << size;  // cut between the fields behind the graph
  }
}

TEST(ModelView, RanksAndDepthsAreLimited) {
  proto::ModelProto model = small_model();
  for (int i = 0; i < 100; ++i) model.mutable_graph()->mutable_initializer(0)->add_dims(1);
  EXPECT_EQ(refusal(model.SerializeAsString()), ErrorCode::tensor_shape);

  std::string graph;
  for (int level = 0; level < 60; ++level) {
    std::string attribute;
    wire::put_bytes(attribute, 6, graph);
    std::string node;
    wire::put_bytes(node, 5, attribute);
    graph.clear();
    wire::put_bytes(graph, 1, node);
  }
  std::string bytes;
  wire::put_bytes(bytes, 7, graph);
  const MemorySource source(bytes);
  const auto view = ModelView::open(source);
  ASSERT_TRUE(view);
  const auto files = external_files(*view, ExternalScope::everything);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, ErrorCode::wire_depth);
}

TEST(ModelView, NumbersMayBePackedOrNot) {
  std::string dims;
  wire::put_varint(dims, 4);
  wire::put_varint(dims, 300);
  std::string tensor;
  wire::put_bytes(tensor, 1, dims);
  wire::put_int(tensor, 1, 2);
  std::string graph;
  wire::put_bytes(graph, 5, tensor);
  std::string bytes;
  wire::put_bytes(bytes, 7, graph);
  const MemorySource source(bytes);
  const auto view = ModelView::open(source);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->graph().initializers[0].dims, (std::vector<std::int64_t>{4, 300, 2}));
}

TEST(TensorView, SizesOfTypesBelowAByte) {
  TensorView tensor;
  tensor.dims = {5};
  const auto bytes_as = [&](std::int32_t type) {
    tensor.data_type = type;
    return tensor.bytes();
  };
  EXPECT_EQ(bytes_as(1), 20U);
  EXPECT_EQ(bytes_as(22), 3U);  // int4
  EXPECT_EQ(bytes_as(26), 2U);  // int2
  EXPECT_EQ(bytes_as(27), 6U);  // float6: two groups of three bytes
  EXPECT_EQ(bytes_as(8), std::nullopt);
  EXPECT_EQ(bytes_as(99), std::nullopt);
  tensor.dims = {-4, -4};
  EXPECT_EQ(bytes_as(1), std::nullopt);
  EXPECT_EQ(data_type_name(16), "bfloat16");
  EXPECT_EQ(data_type_name(-1), "");
}

TEST(ExternalFiles, CollectsUsesFromInitializersAttributesAndSubgraphs) {
  proto::ModelProto model = small_model();
  const auto make_external = [](proto::TensorProto* tensor, const char* location, const char* offset,
                                const char* length) {
    tensor->clear_raw_data();
    tensor->clear_float_data();
    tensor->set_data_location(proto::TensorProto::EXTERNAL);
    const std::pair<const char*, const char*> entries[] = {
        {"location", location}, {"offset", offset}, {"length", length}};
    for (const auto& [key, value] : entries) {
      if (!value) continue;
      auto* entry = tensor->add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
  };
  auto* graph = model.mutable_graph();
  make_external(graph->mutable_initializer(0), "./w.bin", "64", nullptr);
  make_external(graph->mutable_node(0)->mutable_attribute(2)->mutable_t(), "w.bin", nullptr, "8");
  auto* inner = graph->mutable_node(0)->mutable_attribute(0)->mutable_g()->add_initializer();
  inner->set_name("evil");
  make_external(inner, "../w.bin", "-1", "4");
  const MemorySource source(model.SerializeAsString());
  const auto view = ModelView::open(source);
  ASSERT_TRUE(view);
  const auto initializers = external_files(*view, ExternalScope::initializers);
  ASSERT_TRUE(initializers);
  ASSERT_EQ(initializers->size(), 1U);
  EXPECT_EQ((*initializers)[0].location, "w.bin");
  EXPECT_EQ((*initializers)[0].needed, 64U + 24U) << "length from dims and type";
  const auto everything = external_files(*view, ExternalScope::everything);
  ASSERT_TRUE(everything);
  ASSERT_EQ(everything->size(), 2U);
  EXPECT_EQ((*everything)[0].uses.size(), 2U);
  EXPECT_FALSE((*everything)[1].acceptable);
  EXPECT_FALSE(view->tensor((*everything)[1].uses[0].message)->external->valid);
}

TEST(ExternalLocation, AcceptsOnlyPathsThatStayInside) {
  for (const char* good :
       {"w.bin", "./w.bin", "sub/w.bin", "a..b.bin", "..w.bin", "name with space", "#w", "ä.bin"})
    EXPECT_TRUE(check_external_location(good)) << good;
  for (const char* bad : {"", "/w", "../w", "a/../../w", "a/..", "sub/", ".", "a//b", "a\\b", "C:w",
                          "https://h/w", "a\nb", "*/_ORT_MEM_ADDR_/*"})
    EXPECT_FALSE(check_external_location(bad)) << bad;
  EXPECT_FALSE(check_external_location(std::string_view("w.bin\0x", 7)));
  EXPECT_EQ(normalized_location("././a/./b"), "a/b");
}

TEST(Schema, MatchesTheGeneratedClassesWhereTheyMeet) {
  EXPECT_EQ(find_field(MessageKind::node, proto::NodeProto::kMetadataPropsFieldNumber)->name,
            "metadata_props");
  EXPECT_EQ(find_field(MessageKind::model, proto::ModelProto::kFunctionsFieldNumber)->child,
            MessageKind::function);
  EXPECT_EQ(find_field(MessageKind::tensor, 15), nullptr);
  const FieldInfo* dims = find_field(MessageKind::tensor, 1);
  EXPECT_TRUE(accepts_wire_type(*dims, wire::WireType::length));
  EXPECT_FALSE(accepts_wire_type(*find_field(MessageKind::tensor, 2), wire::WireType::length));
  // Rows are sorted and unique.
  const auto fields = all_fields();
  for (std::size_t i = 1; i < fields.size(); ++i) {
    if (fields[i].message != fields[i - 1].message) continue;
    EXPECT_LT(fields[i - 1].number, fields[i].number) << fields[i].name;
  }
}

}  // namespace
}  // namespace modelexport::onnx
