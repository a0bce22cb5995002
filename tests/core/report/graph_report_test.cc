// Graph, node and plan documents of a model as the project writes it.
#include "report/graph_report.h"

#include <gtest/gtest.h>

#include "report/plan_json.h"

namespace modelexport::report {
namespace {

/// x + w inside module /Net/Block, as a file.
MemorySource file() {
  onnx::Model made;
  made.ir_version = 8;
  made.opset_imports = {{"", 18}};
  made.graph.inputs = {{"x", DType::float32, {onnx::Dim(std::int64_t{2})}}};
  made.graph.outputs = {{"y", DType::float32, {}}};
  made.graph.initializers = {{"w", DType::float32, {2}, Bytes(8)}};
  onnx::Node node;
  node.name = "add";
  node.op_type = "Add";
  node.inputs = {"x", "w"};
  node.outputs = {"y"};
  node.attributes = {{"axis", std::int64_t{-1}}, {"sizes", std::vector<std::int64_t>(100, 7)}};
  node.metadata = {{"hierarchy_tag", "/Net/Block"}};
  made.graph.nodes = {node};
  MemorySink sink;
  onnx::WriteOptions inlined;
  inlined.weights = onnx::WeightMode::inlined;
  EXPECT_TRUE(onnx::write_model(made, inlined, sink, nullptr, no_progress()));
  return MemorySource(sink.bytes(), "m.onnx");
}

TEST(GraphReport, NodesEdgesAndTensors) {
  const MemorySource source = file();
  const auto view = onnx::ModelView::open(source);
  ASSERT_TRUE(view);
  const auto tree = hierarchy::read_hierarchy(*view, {.sidecar = {}, .nodes = true});
  ASSERT_TRUE(tree);
  const auto document = graph_json(*view, *tree);
  ASSERT_TRUE(document);
  const json::Json& node = json::elements(*json::find(*document, "nodes"))[0];
  EXPECT_EQ(json::dump(*json::find(node, "inputs")), R"(["x","w"])");
  EXPECT_EQ(tree->modules[static_cast<std::size_t>(*json::find_int(node, "module"))].tag, "/Net/Block");
  const json::Json& tensor = json::elements(*json::find(*document, "initializers"))[0];
  EXPECT_EQ(json::find_string(tensor, "where"), "inline");
  EXPECT_EQ(json::find_int(tensor, "length"), 8);
  // Opset 18 came with ONNX Runtime 1.14.
  for (const json::Json& runtime : json::elements(*json::find(*document, "runtimes")))
    EXPECT_EQ(json::find(runtime, "refusal")->is_null(), *json::find_string(runtime, "version") >= "1.14")
        << json::dump(runtime);
}

TEST(NodeReport, AttributesByPlace) {
  const MemorySource source = file();
  const auto view = onnx::ModelView::open(source);
  ASSERT_TRUE(view);
  const auto document = node_json(*view, view->graph().nodes[0]);
  ASSERT_TRUE(document);
  const auto& attributes = json::elements(*json::find(*document, "attributes"));
  ASSERT_EQ(attributes.size(), 2U);
  EXPECT_EQ(json::dump(attributes[0]), R"({"name":"axis","type":"int","value":-1})");
  EXPECT_EQ(json::elements(*json::find(attributes[1], "value")).size(), 64U);  // shortened
}

TEST(PlanJson, PiecesMakeTheFile) {
  const MemorySource source = file();
  const auto view = onnx::ModelView::open(source);
  ASSERT_TRUE(view);
  onnx::EditBuilder edit(*view);
  edit.set_metadata("k", "v");
  const auto plan = edit.build();
  ASSERT_TRUE(plan);
  const json::Json document = plan_json(*plan);
  EXPECT_EQ(json::dump(*json::find(document, "notes")),
            R"([{"path":"metadata_props[k]","before":null,"after":"v"}])");
  std::uint64_t kept = 0;
  std::string literal;
  for (const json::Json& piece : json::elements(*json::find(document, "pieces"))) {
    kept += static_cast<std::uint64_t>(json::find_int(piece, "size").value_or(0));
    literal += json::find_string(piece, "base64").value_or("");
  }
  EXPECT_EQ(kept, source.size());
  EXPECT_EQ(literal, "cgYKAWsSAXY=");  // field 14, six bytes: key k, value v
}

}  // namespace
}  // namespace modelexport::report
