#include "report/export_report.h"

#include <gtest/gtest.h>

namespace modelexport::report {
namespace {

onnx::Model model() {
  onnx::Model made;
  made.opset_imports = {{"", 18}};
  made.graph.nodes.resize(1234);
  made.graph.inputs = {
      {"x", DType::int64, {onnx::Dim(std::string("batch")), onnx::Dim(std::int64_t{3}), onnx::Dim()}}};
  return made;
}

TEST(ExportReport, JsonHasTheContractsFields) {
  const onnx::Model made = model();
  ExportReport report;
  report.output = "out/model.onnx";
  report.model = &made;
  report.parameters = 7;
  report.written.weights = onnx::WeightMode::external;
  report.data_file = "out/model.onnx_data";
  const json::Json document = export_json(report);
  for (const char* key :
       {"schema", "output", "opset", "ir_version", "nodes", "initializers", "parameters", "weights", "inputs",
        "outputs", "hierarchy", "source", "components", "verified", "seconds", "peak_rss_bytes"}) {
    EXPECT_NE(json::find(document, key), nullptr) << key;
  }
  EXPECT_EQ(json::dump(*json::find(document, "inputs")),
            R"([{"name":"x","dtype":"int64","shape":["batch",3,null]}])");
  EXPECT_EQ(json::dump(*json::find(document, "weights")),
            R"({"mode":"external","bytes":0,"file":"out/model.onnx_data"})");
  EXPECT_EQ(json::dump(*json::find(document, "source")), R"({"kind":"unknown"})");
}

TEST(ExportReport, TextGroupsNumbers) {
  const onnx::Model made = model();
  ExportReport report;
  report.output = "model.onnx";
  report.model = &made;
  report.seconds = 1.25;
  const std::string text = export_text(report);
  EXPECT_NE(text.find("1,234 nodes"), std::string::npos) << text;
  EXPECT_NE(text.find("x: int64[batch, 3, ?]"), std::string::npos) << text;
  EXPECT_NE(text.find("not verified"), std::string::npos);
}

TEST(Loader, IsWhatAUserPastes) {
  EXPECT_EQ(loader_snippet(
                {"out", "model.onnx", "ORTModelForQuestionAnswering", "question-answering", {"tokenizer"}}),
            "from optimum.onnxruntime import ORTModelForQuestionAnswering\n"
            "model = ORTModelForQuestionAnswering.from_pretrained(\"out\")\n"
            "from transformers import AutoTokenizer\n"
            "tokenizer = AutoTokenizer.from_pretrained(\"out\")");
  const std::string decoder = loader_snippet({"out", "x.onnx", "ORTModelForCausalLM", "text-generation", {}});
  EXPECT_NE(decoder.find("\"out\", file_name=\"x.onnx\", use_cache=False"), std::string::npos) << decoder;
  EXPECT_EQ(loader_snippet({"out", "model.onnx", "", "", {}}), "");
}

TEST(SizeText, UsesDecimalUnits) {
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1000), "1.0 kB");
  EXPECT_EQ(size_text(440'000'000), "440.0 MB");
  EXPECT_EQ(size_text(~0ULL), "18.4 EB");
}

}  // namespace
}  // namespace modelexport::report
