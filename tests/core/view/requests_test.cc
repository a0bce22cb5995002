// Every request on a small model, and requests that are not as described.
#include "view/requests.h"

#include <gtest/gtest.h>

#include "modelexport/digest.h"
#include "modelexport/model_view.h"
#include "zip/writer.h"

namespace modelexport::view {
namespace {

MemorySource file(std::vector<std::pair<std::string, std::vector<std::int64_t>>> tables = {}) {
  onnx::Model made;
  made.ir_version = 8;
  made.opset_imports = {{"", 18}};
  made.graph.inputs = {{"x", DType::float32, {onnx::Dim(std::int64_t{2})}}};
  made.graph.outputs = {{"y", DType::float32, {}}};
  made.graph.initializers = {{"w", DType::float32, {2}, Bytes(8)}};
  for (auto& [name, dims] : tables) {
    const auto elements = static_cast<std::size_t>(dims[0] * dims[1]);
    made.graph.initializers.push_back(
        {std::move(name), DType::float32, std::move(dims), Bytes(elements * 4)});
  }
  onnx::Node node;
  node.op_type = "Add";
  node.inputs = {"x", "w"};
  node.outputs = {"y"};
  made.graph.nodes = {node};
  MemorySink sink;
  onnx::WriteOptions inlined;
  inlined.weights = onnx::WeightMode::inlined;
  EXPECT_TRUE(onnx::write_model(made, inlined, sink, nullptr, no_progress()));
  return MemorySource(sink.bytes(), "m.onnx");
}

Result<json::Json> ask(const ByteSource& source, const json::Json& request) {
  return answer(source, "m.onnx", json::dump(request), no_progress(), {});
}

TEST(Requests, InspectGraphNodeTensor) {
  const MemorySource source = file();
  const auto report = ask(source, {{"ask", "inspect"}});
  ASSERT_TRUE(report);
  EXPECT_EQ(json::find_int(*report, "nodes"), 1);
  const auto facts = ask(source, {{"ask", "facts"}});
  ASSERT_TRUE(facts);
  EXPECT_EQ(json::dump(*json::find(*json::find(*facts, "report"), "inputs")),
            json::dump(*json::find(*report, "inputs")));
  EXPECT_FALSE(json::elements(*json::find(*facts, "runtimes")).empty());
  const auto graph = ask(source, {{"ask", "graph"}});
  ASSERT_TRUE(graph);
  json::Json node = json::elements(*json::find(*graph, "nodes"))[0];
  node["ask"] = "node";
  const auto detail = ask(source, node);
  ASSERT_TRUE(detail);
  EXPECT_EQ(json::find_string(*detail, "op"), "Add");
  json::Json tensor = json::elements(*json::find(*graph, "initializers"))[0];
  tensor["ask"] = "tensor";
  tensor["elements"] = 2;
  const auto values = ask(source, tensor);
  ASSERT_TRUE(values);
  EXPECT_EQ(json::find_int(*values, "zero"), 2);
}

TEST(Requests, MembersOfAZip) {
  MemorySink sink;
  zip::Writer writer(sink);
  ASSERT_TRUE(writer.add("a/b.txt", as_bytes("content")));
  ASSERT_TRUE(writer.finish());
  const MemorySource source(sink.bytes(), "a.zip");
  const auto members = ask(source, {{"ask", "members"}});
  ASSERT_TRUE(members) << members.error().message;
  ASSERT_EQ(members->size(), 1U);
  const json::Json& member = json::elements(*members)[0];
  EXPECT_EQ(json::find_string(member, "name"), "a/b.txt");
  const auto offset = static_cast<std::size_t>(json::find_int(member, "offset").value_or(0));
  EXPECT_EQ(as_text(ByteSpan(sink.bytes()).subspan(offset, 7)), "content");
  EXPECT_FALSE(ask(file(), {{"ask", "members"}}));
}

TEST(Requests, SketchOfASmallFileIsNothing) {
  const auto sketch = ask(file(), {{"ask", "sketch"}});
  ASSERT_TRUE(sketch);
  EXPECT_TRUE(sketch->is_null());
}

TEST(Requests, StampOfAHubModel) {
  const std::string commit(40, 'a');
  const auto given = ask(file(), {{"ask", "stamp"}, {"source", "org/name@" + commit}, {"version", "1.0.0"}});
  ASSERT_TRUE(given) << given.error().message;
  const json::Json& set = *json::find(*given, "set");
  EXPECT_EQ(json::find_string(json::elements(set)[2], "value"), commit);
  EXPECT_EQ(json::find_string(json::elements(set)[3], "value"), "given");
  EXPECT_TRUE(json::elements(*json::find(*given, "warnings")).empty());
  const auto head =
      ask(file(),
          {{"ask", "stamp"}, {"source", "hf://org/name@main"}, {"commit", commit}, {"task", "fill-mask"}});
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(json::find_string(json::elements(*json::find(*head, "set"))[3], "value"), "branch-head");
  EXPECT_EQ(json::elements(*json::find(*head, "warnings")).size(), 1U);
  EXPECT_FALSE(ask(file(), {{"ask", "stamp"}, {"source", "hf://org/name"}}));
}

TEST(Requests, StampOfAModelThatDoesNotFit) {
  const MemorySource source = file({{"bert.embeddings.word_embeddings.weight", {10, 4}}});
  const std::string name = "org/name@" + std::string(40, 'a');
  const auto warnings = [&](const char* config) {
    const auto made = ask(source, {{"ask", "stamp"}, {"source", name}, {"config", config}});
    EXPECT_TRUE(made) << made.error().message;
    return made ? *json::find(*made, "warnings") : json::Json();
  };
  EXPECT_TRUE(json::elements(warnings(R"({"vocab_size": 10})")).empty());
  const json::Json found = warnings(R"({"vocab_size": 99})");
  ASSERT_EQ(json::elements(found).size(), 1U);
  const std::string message(json::find_string(json::elements(found)[0], "message").value_or(""));
  EXPECT_NE(message.find(name), std::string::npos) << message;
  EXPECT_NE(message.find("vocab_size is 99 there, 10 in"), std::string::npos) << message;
}

TEST(Requests, ComponentsOfAHubModel) {
  const std::string commit(40, 'b');
  const std::string about = R"({"id":"org/name","sha":")" + commit + R"(","pipeline_tag":"fill-mask"})";
  const auto info = ask(file(), {{"ask", "model_info"}, {"text", about}});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(json::find_string(*info, "commit"), commit);
  EXPECT_EQ(json::find_string(*info, "task"), "fill-mask");
  const std::string page =
      R"([{"type":"file","path":"config.json","size":5,"oid":"1111111111111111111111111111111111111111"},)"
      R"({"type":"directory","path":"onnx","oid":"2"},)"
      R"({"type":"file","path":"model.safetensors","size":9,"oid":"3333333333333333333333333333333333333333"}])";
  const auto files = ask(file(), {{"ask", "components"}, {"pages", json::Json::array({page})}});
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ(json::find_string(json::elements(*files)[0], "path"), "config.json");
}

TEST(Requests, PlanAndDigest) {
  const MemorySource source = file();
  const json::Json set = json::Json::array({{{"key", "k"}, {"value", "v"}}});
  const auto plan = ask(source, {{"ask", "plan"}, {"set", set}, {"remove", json::Json::array()}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(json::find_int(*plan, "source_size"), static_cast<std::int64_t>(source.size()));
  EXPECT_EQ(json::find_int(*plan, "output_size"), static_cast<std::int64_t>(source.size() + 8));
  const auto digest = ask(source, {{"ask", "sha256"}});
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->get<std::string>(), *hex_digest(DigestKind::sha256, source, no_progress()));
}

TEST(Requests, CheckAndRepair) {
  // A node attribute that only the predecessor wrote.
  onnx::Model made;
  made.ir_version = 8;
  made.opset_imports = {{"", 18}};
  made.graph.name = "g";
  made.graph.inputs = {{"x", DType::float32, {onnx::Dim(std::int64_t{2})}}};
  made.graph.outputs = {{"y", DType::float32, {onnx::Dim(std::int64_t{2})}}};
  onnx::Node node;
  node.op_type = "Relu";
  node.inputs = {"x"};
  node.outputs = {"y"};
  node.attributes = {{"hierarchy_tag", std::string("/Net")}};
  made.graph.nodes = {node};
  MemorySink sink;
  ASSERT_TRUE(onnx::write_model(made, {}, sink, nullptr, no_progress()));
  const MemorySource source(sink.bytes(), "m.onnx");
  const auto before = ask(source, {{"ask", "check"}, {"files", json::Json::array()}});
  ASSERT_TRUE(before);
  bool found = false;
  for (const json::Json& finding : json::elements(*json::find(*before, "findings")))
    found = found || (json::find_string(finding, "rule") == "ME-LEGACY-001" &&
                      json::find_string(finding, "severity") == "error" &&
                      json::find(finding, "fixable")->get<bool>());
  EXPECT_TRUE(found) << json::dump(*before);
  const json::Json set = json::Json::array({{{"key", "k"}, {"value", "v"}}});
  const auto plan =
      ask(source, {{"ask", "plan"}, {"set", set}, {"remove", json::Json::array()}, {"repair", true}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(json::elements(*json::find(*plan, "notes")).back()["path"], "metadata_props[k]");
  EXPECT_GT(json::elements(*json::find(*plan, "notes")).size(), 1U);
}

TEST(Requests, WhatIsNotAsDescribedIsAnError) {
  const MemorySource source = file();
  EXPECT_FALSE(answer(source, "m.onnx", "{", no_progress(), {}));
  EXPECT_FALSE(ask(source, {{"ask", "nothing"}}));
  EXPECT_FALSE(ask(source, {{"ask", "node"}, {"offset", -1}, {"size", 2}, {"header", 2}}));
  EXPECT_FALSE(ask(source, {{"ask", "node"}, {"offset", 1 << 20}, {"size", 2}, {"header", 2}}));
  EXPECT_FALSE(ask(source, {{"ask", "plan"}, {"set", "x"}}));
}

TEST(Requests, MigrateIsTheCommandsPlan) {
  onnx::Model made;
  made.ir_version = 8;
  made.opset_imports = {{"", 17}};
  made.graph.name = "main_graph";
  made.graph.inputs = {{"x", DType::float32, {onnx::Dim(std::int64_t{2})}}};
  made.graph.outputs = {{"y", DType::float32, {onnx::Dim(std::int64_t{2})}}};
  for (const bool tagged : {true, false}) {
    onnx::Node node;
    node.name = "/act/Relu";
    node.op_type = "Relu";
    node.inputs = {"x"};
    node.outputs = {"y"};
    if (tagged) node.attributes.push_back({"hierarchy_tag", std::string("/Net/Act")});
    made.graph.nodes = {node};
    MemorySink sink;
    ASSERT_TRUE(onnx::write_model(made, {}, sink, nullptr, no_progress()));
    const MemorySource source(sink.bytes(), "m.onnx");
    const std::string sidecar = R"({"nodes":{"/act/Relu":"/Net/Act"}})";
    json::Json files = json::Json::array();
    if (!tagged)
      files.push_back({{"name", "m_htp_metadata.json"}, {"size", sidecar.size()}, {"text", sidecar}});
    const auto document = ask(source, {{"ask", "migrate"}, {"files", files}});
    ASSERT_TRUE(document);
    EXPECT_EQ((*document)["from"]["form"], tagged ? "attribute" : "sidecar");
    EXPECT_EQ((*document)["steps"][0]["rule"], tagged ? "ME-LEGACY-001" : "ME-LEGACY-005");
    EXPECT_EQ((*document)["plan"]["schema"], "modelexport/plan/1");
    EXPECT_EQ((*document)["plan"]["unchanged"], false);
  }
}

}  // namespace
}  // namespace modelexport::view
