#include "report/inspect_report.h"

#include <gtest/gtest.h>

#include "report/hierarchy_report.h"

namespace modelexport::report {
namespace {

/// A model as the project writes it, read back.
json::Json inspected(const onnx::Model& model, InspectOptions options) {
  MemorySink sink;
  onnx::WriteOptions inlined;
  inlined.weights = onnx::WeightMode::inlined;
  EXPECT_TRUE(onnx::write_model(model, inlined, sink, nullptr, no_progress()));
  const MemorySource source(sink.bytes(), "m.onnx");
  auto view = onnx::ModelView::open(source);
  EXPECT_TRUE(view);
  hierarchy::ReadOptions read;
  read.nodes = options.nodes;
  auto tree = hierarchy::read_hierarchy(*view, read);
  EXPECT_TRUE(tree);
  auto document = inspect_json(*view, *tree, options);
  EXPECT_TRUE(document);
  return document ? *document : json::Json();
}

onnx::Model model() {
  onnx::Model made;
  made.opset_imports = {{"", 18}};
  made.producer_name = "ModelExport-HTP";
  made.metadata = {{"hf_model_type", "local"}, {"hf_original_path", "./bert"}};
  made.graph.name = "main";
  made.graph.inputs = {{"x", DType::float32, {onnx::Dim(std::string("n")), onnx::Dim(std::int64_t{2})}}};
  made.graph.outputs = {{"y", DType::float32, {}}};
  made.graph.initializers = {{"w", DType::float32, {2}, Bytes(8)}};
  onnx::Node node;
  node.name = "add";
  node.op_type = "Add";
  node.inputs = {"x", "w"};
  node.outputs = {"y"};
  node.metadata = {{"hierarchy_tag", "/Net/Block"}, {"hierarchy_scope", "block"}};
  made.graph.nodes = {node};
  return made;
}

TEST(InspectReport, SaysWhatIsInTheFile) {
  const json::Json document = inspected(model(), {.file = "m.onnx", .nodes = true, .has_external = {}});
  EXPECT_EQ(json::find_string(document, "schema"), "modelexport/inspect/1");
  EXPECT_EQ(json::dump(*json::find(document, "inputs")),
            R"([{"name":"x","dtype":"float32","shape":["n",2]}])");
  EXPECT_EQ(json::dump(*json::find(document, "initializers")), R"({"count":1,"parameters":2,"bytes":8})");
  EXPECT_EQ(json::find_string(*json::find(document, "source"), "original_path"), "./bert");
  EXPECT_EQ(json::find_string(*json::find(document, "hierarchy"), "form"), "modelexport");
  EXPECT_EQ(json::dump(*json::find(document, "node_list")),
            R"([{"name":"add","op":"Add","tag":"/Net/Block","scope":"block"}])");
}

TEST(InspectReport, TextIsRenderedFromTheDocument) {
  const std::string text =
      inspect_text(inspected(model(), {.file = "m.onnx", .nodes = false, .has_external = {}}));
  for (const char* part : {"m.onnx\n", "x: float32[n, 2]", "1 nodes, 1 initializers, 2 parameters",
                           "local  ./bert", "hf_model_type = local", "hierarchy   modelexport"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(InspectReport, InputsThatAreInitializersAreNoInputs) {
  onnx::Model old = model();
  old.graph.inputs.push_back({"w", DType::float32, {}});
  const json::Json document = inspected(old, {.file = "m.onnx", .nodes = false, .has_external = {}});
  EXPECT_EQ(json::elements(*json::find(document, "inputs")).size(), 1U);
}

}  // namespace
}  // namespace modelexport::report
