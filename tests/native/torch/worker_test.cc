// The TorchScript worker as the command line uses it: a process that writes a graph and a side file.
//
// Skipped where the build has no libtorch (no worker beside the test program).
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "io/process.h"
#include "modelexport/aten.h"
#include "support/fixtures.h"

namespace modelexport {
namespace {

namespace fs = std::filesystem;
using testing::fixture_path;

fs::path find_worker() {
  if (const char* named = std::getenv("MODELEXPORT_WORKER")) return named;
  for (fs::path at = fs::read_symlink("/proc/self/exe").parent_path(); at != at.root_path();
       at = at.parent_path())
    if (const auto worker = at / "libexec/modelexport/modelexport-torchscript"; fs::exists(worker))
      return worker;
  return {};
}

class WorkerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    worker_ = find_worker();
    if (worker_.empty()) GTEST_SKIP() << "this build has no TorchScript worker";
    directory_ = fs::temp_directory_path() / ("worker_test_" + std::to_string(::getpid()));
    fs::create_directories(directory_);
  }
  void TearDown() override {
    if (!directory_.empty()) fs::remove_all(directory_);
  }

  io::ProcessResult call(std::vector<std::string> words) {
    io::ProcessOptions options;
    options.command = std::move(words);
    options.command.insert(options.command.begin(), worker_.string());
    options.timeout = std::chrono::seconds(200);
    auto result = io::run_process(options);
    EXPECT_TRUE(result.has_value());
    return result ? *result : io::ProcessResult{};
  }
  std::string file(const std::string& name) { return (directory_ / name).string(); }

  aten::Graph graph_of(const std::string& archive) {
    const auto result = call({"graph", archive, "--json", file("g.json"), "--side", file("g.bin")});
    EXPECT_EQ(result.exit_code, 0) << archive << ": " << result.output << result.error;
    if (result.exit_code != 0) return {};
    EXPECT_TRUE(result.output.empty());
    const Bytes text = testing::read_file(file("g.json"));
    auto graph = aten::from_json(as_text(text), Limits{});
    EXPECT_TRUE(graph.has_value()) << (graph ? "" : graph.error().message);
    if (!graph) return {};
    const auto valid = graph->validate(Limits{});
    EXPECT_TRUE(valid.has_value()) << (valid ? "" : valid.error().message);
    return *graph;
  }

  fs::path worker_, directory_;
};

std::map<std::string, int> targets(const std::vector<aten::Op>& ops) {
  std::map<std::string, int> result;
  for (const auto& op : ops) ++result[op.target];
  return result;
}

const aten::Module& module_of(const aten::Graph& graph, const aten::Op& op) {
  return graph.modules[graph.calls[op.call].module];
}

const aten::Tensor* tensor_named(const aten::Graph& graph, const std::string& name) {
  const auto found =
      std::find_if(graph.tensors.begin(), graph.tensors.end(), [&](const auto& t) { return t.name == name; });
  return found == graph.tensors.end() ? nullptr : &*found;
}

TEST_F(WorkerTest, EveryOperatorKnowsItsModule) {
  const auto graph = graph_of(fixture_path("models/bert-base-model/model.pt"));
  EXPECT_EQ(graph.modules.at(0).path, "");
  EXPECT_EQ(graph.modules.at(0).class_name, "transformers.models.bert.modeling_bert.BertModel");
  std::set<std::string> linears;
  for (const auto& op : graph.ops)
    if (op.target == "aten::linear") {
      linears.insert(module_of(graph, op).path);
      EXPECT_EQ(module_of(graph, op).class_name, "torch.nn.modules.linear.Linear");
    }
  EXPECT_TRUE(linears.count("encoder.layer.0.attention.self.query"));  // the ModuleList is in the path
  EXPECT_TRUE(linears.count("encoder.layer.1.output.dense"));
  EXPECT_TRUE(linears.count("pooler.dense"));
  EXPECT_EQ(linears.size(), 13u);
}

TEST_F(WorkerTest, InputsKeepOrderTypeAndExampleShape) {
  const auto graph = graph_of(fixture_path("models/bert-base-model/model.pt"));
  ASSERT_EQ(graph.inputs.size(), 3u);
  EXPECT_EQ(graph.inputs[0].path, std::vector<std::string>{"input_ids"});
  EXPECT_EQ(graph.inputs[0].dtype, DType::int64);
  EXPECT_EQ(graph.inputs[0].example_shape, (std::vector<std::int64_t>{2, 16}));
  ASSERT_EQ(graph.outputs.size(), 2u);
  EXPECT_EQ(graph.outputs[0].path, std::vector<std::string>{"last_hidden_state"});
}

TEST_F(WorkerTest, WeightsAreRangesOfTheArchive) {
  const std::string archive = fixture_path("archives/net-torch-2.15.0.pt");
  const auto graph = graph_of(archive);
  const std::uint64_t size = fs::file_size(archive);
  int parameters = 0;
  for (const auto& tensor : graph.tensors) {
    if (tensor.kind == aten::TensorKind::constant) continue;
    ++parameters;
    EXPECT_EQ(tensor.file, aten::TensorFile::archive) << tensor.name;
    EXPECT_LE(tensor.storage.end(), size) << tensor.name;
    EXPECT_EQ(tensor.storage.offset % 64, 0u) << tensor.name;
  }
  EXPECT_GT(parameters, 4);
}

TEST_F(WorkerTest, ReadsArchivesOfOldAndNewPyTorch) {
  const auto old = graph_of(fixture_path("archives/net-torch-1.13.1.pt"));
  const auto current = graph_of(fixture_path("archives/net-torch-2.15.0.pt"));
  EXPECT_EQ(targets(old.ops), targets(current.ops));
  EXPECT_FALSE(old.ops.empty());
  EXPECT_FALSE(old.inputs.at(0).example_shape);  // not recorded then
}

TEST_F(WorkerTest, SharedModuleIsCalledThreeTimes) {
  const auto graph = graph_of(fixture_path("torchscript/nested.pt"));
  std::vector<std::uint32_t> ordinals;
  for (const auto& call : graph.calls)
    if (graph.modules[call.module].path == "inner.act") ordinals.push_back(call.ordinal);
  EXPECT_EQ(ordinals, (std::vector<std::uint32_t>{1, 2, 3}));
}

TEST_F(WorkerTest, NestedInputsAndOutputsHavePaths) {
  const auto graph = graph_of(fixture_path("torchscript/nested.pt"));
  ASSERT_EQ(graph.inputs.size(), 6u);
  EXPECT_EQ(graph.inputs[2].path, (std::vector<std::string>{"past", "0", "1"}));
  EXPECT_EQ(graph.inputs[5].path, (std::vector<std::string>{"extra", "bias"}));
  ASSERT_EQ(graph.outputs.size(), 3u);
  EXPECT_EQ(graph.outputs[2].path, (std::vector<std::string>{"1", "0", "1"}));
}

TEST_F(WorkerTest, TiedWeightIsOneTensorWithTwoNames) {
  const auto graph = graph_of(fixture_path("torchscript/nested.pt"));
  const auto* weight = tensor_named(graph, "inner.embed.weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->aliases, std::vector<std::string>{"inner.head.weight"});
  EXPECT_EQ(tensor_named(graph, "inner.head.weight"), nullptr);
}

TEST_F(WorkerTest, ControlFlowIsResolvedWhereItIsKnown) {
  const auto graph = graph_of(fixture_path("torchscript/scripted.pt"));
  const auto count = targets(graph.ops);
  EXPECT_EQ(count.at("prim::If"), 1);    // depends on the input; the assertion and the optional mask do not
  EXPECT_EQ(count.at("prim::Loop"), 1);  // the `while`; the `for` is unrolled
  EXPECT_EQ(count.at("aten::pow"), 2);
  const auto stack = std::find_if(graph.ops.begin(), graph.ops.end(),
                                  [](const auto& op) { return op.target == "aten::stack"; });
  ASSERT_NE(stack, graph.ops.end());
  EXPECT_EQ(stack->find("tensors")->get<aten::ArgList>()->size(), 5u);
  EXPECT_EQ(graph.outputs.at(0).path, std::vector<std::string>{"total"});
}

TEST_F(WorkerTest, UnknownOperatorsAreInTheGraphWithTheirPlaces) {
  const std::string archive = fixture_path("torchscript/unknown_operator.pt");
  const auto graph = graph_of(archive);
  std::map<std::string, int> unknown;
  for (const auto& op : graph.ops) {
    if (op.target.rfind("elsewhere::", 0) != 0) continue;
    ++unknown[op.target];
    EXPECT_LT(op.source, graph.sources.size());
  }
  EXPECT_EQ(unknown, (std::map<std::string, int>{{"elsewhere::frob", 2}, {"elsewhere::twist", 1}}));
}

TEST_F(WorkerTest, OtherFilesAreRefusedByKind) {
  const std::pair<std::string, ErrorCode> cases[] = {
      {fixture_path("torchscript/state_dict.pt"), ErrorCode::input_state_dict},
      {fixture_path("torchscript/make_torchscript.py"), ErrorCode::zip_not_an_archive},
      {fixture_path("archives/net-torch-2.15.0.pt2"), ErrorCode::input_not_pytorch},
      {file("absent.pt"), ErrorCode::io_not_found}};
  for (const auto& [path, code] : cases) {
    const auto result = call({"graph", path, "--json", file("g"), "--side", file("s")});
    EXPECT_EQ(result.exit_code, 3) << path;
    EXPECT_NE(result.output.find(error_info(code).id), std::string::npos) << path << ": " << result.output;
  }
  EXPECT_EQ(call({"graph"}).exit_code, 2);
}

TEST_F(WorkerTest, DamagedArchivesEndWithAnError) {
  const Bytes whole = testing::read_file(fixture_path("archives/net-torch-2.15.0.pt"));
  for (const std::size_t size : {whole.size() / 2, whole.size() - 1, std::size_t{100}, std::size_t{0}}) {
    std::ofstream(file("cut.pt"), std::ios::binary)
        .write(reinterpret_cast<const char*>(whole.data()), static_cast<std::streamsize>(size));
    const auto result = call({"graph", file("cut.pt"), "--json", file("g"), "--side", file("s")});
    EXPECT_EQ(result.exit_code, 3) << size;
    EXPECT_EQ(result.signal, 0) << size;
  }
}

// The data part of a safetensors file of float32 tensors.
std::vector<float> floats(const Bytes& file) {
  std::uint64_t header = 0;
  std::memcpy(&header, file.data(), sizeof header);
  std::vector<float> result((file.size() - 8 - header) / sizeof(float));
  std::memcpy(result.data(), file.data() + 8 + header, result.size() * sizeof(float));
  return result;
}

TEST_F(WorkerTest, ArchiveAndGraphComputeTheSame) {
  for (const std::string name : {"scripted", "nested"}) {
    const std::string archive = fixture_path("torchscript/" + name + ".pt");
    graph_of(archive);
    const std::string inputs = fixture_path("torchscript/" + name + ".inputs.safetensors");
    const auto ran = call({"run", archive, "--inputs", inputs, "--outputs", file("a")});
    ASSERT_EQ(ran.exit_code, 0) << ran.output;
    const auto walked = call({"run-graph", archive, "--json", file("g.json"), "--side", file("g.bin"),
                              "--inputs", inputs, "--outputs", file("b")});
    ASSERT_EQ(walked.exit_code, 0) << walked.output;
    const Bytes a = testing::read_file(file("a"));
    const Bytes b = testing::read_file(file("b"));
    EXPECT_EQ(a, b) << name;  // the same kernels in the same order: equal bits
    const auto eager =
        floats(testing::read_file(fixture_path("torchscript/" + name + ".outputs.safetensors")));
    const auto own = floats(a);
    ASSERT_EQ(own.size(), eager.size()) << name;
    for (std::size_t i = 0; i < own.size(); ++i)
      EXPECT_NEAR(own[i], eager[i], 1e-5) << name << " element " << i;
  }
}

TEST_F(WorkerTest, SeveralRunsAreReportedOneByOne) {
  const std::string archive = fixture_path("torchscript/nested.pt");
  const std::string good = fixture_path("torchscript/nested.inputs.safetensors");
  const std::string bad = fixture_path("torchscript/scripted.inputs.safetensors");
  const auto ran = call({"run", archive, "--report", file("r"), "--inputs", bad, "--outputs", file("a"),
                         "--inputs", good, "--outputs", file("b")});
  ASSERT_EQ(ran.exit_code, 0) << ran.output;
  const std::string report(as_text(testing::read_file(file("r"))));
  EXPECT_EQ(report.rfind("{\"runs\":[{\"code\":", 0), 0U) << report;
  EXPECT_EQ(report.substr(report.size() - 7), ",null]}") << report;
  EXPECT_TRUE(fs::exists(file("b")));
  EXPECT_EQ(call({"run", archive, "--inputs", good}).exit_code, 2);
}

TEST_F(WorkerTest, ValuesAreKeptAsTheyWereMade) {
  const std::string archive = fixture_path("torchscript/nested.pt");
  const auto graph = graph_of(archive);
  const std::string name = graph.values[graph.ops.front().outputs.front()].name;
  std::ofstream(file("n")) << "[\"" << name << "\"]";
  const auto ran =
      call({"run-graph", archive, "--json", file("g.json"), "--side", file("g.bin"), "--values", file("n"),
            "--inputs", fixture_path("torchscript/nested.inputs.safetensors"), "--outputs", file("o")});
  ASSERT_EQ(ran.exit_code, 0) << ran.output;
  const Bytes made = testing::read_file(file("o"));
  EXPECT_NE(as_text(made).find("\"value:" + name + "\""), std::string::npos);
}

}  // namespace
}  // namespace modelexport
