// Sketches: what a large file tells by its beginning and its end is what the whole says, and how little is
// read.
#include "onnx/sketch.h"

#include <gtest/gtest.h>

#include "proto/onnx.pb.h"

namespace modelexport::onnx {
namespace {

constexpr int kTensors = 12;
constexpr std::size_t kBytes = 1U << 20;

proto::ModelProto large_model(char filling) {
  proto::ModelProto model;
  model.set_ir_version(8);
  model.set_producer_name("maker");
  auto* graph = model.mutable_graph();
  graph->set_name("g");
  const auto value = [](proto::ValueInfoProto* info, const std::string& name) {
    info->set_name(name);
    auto* tensor = info->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(1);
    tensor->mutable_shape()->add_dim()->set_dim_param("batch");
  };
  value(graph->add_input(), "x");
  for (int i = 0; i < kTensors; ++i) {
    auto* node = graph->add_node();
    node->set_op_type("Add");
    node->set_name("node" + std::to_string(i));
    node->add_input("w" + std::to_string(i));
    auto* tensor = graph->add_initializer();
    tensor->set_name("w" + std::to_string(i));
    tensor->set_data_type(1);
    tensor->add_dims(kBytes / 4);
    tensor->set_raw_data(std::string(kBytes, filling));
    value(graph->add_output(), "y" + std::to_string(i));
    value(graph->add_value_info(), "v" + std::to_string(i));
  }
  auto* entry = graph->add_metadata_props();
  entry->set_key("hierarchy_modules");
  entry->set_value("[]");
  model.add_opset_import()->set_version(18);
  entry = model.add_metadata_props();
  entry->set_key("hf_task");
  entry->set_value("fill-mask");
  return model;
}

/// Counts what is read.
class Counting final : public ByteSource {
 public:
  explicit Counting(const std::string& bytes) : bytes_(bytes) {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] std::string name() const override { return "m.onnx"; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    read += out.size();
    return bytes_.read_at(offset, out);
  }
  mutable std::uint64_t read = 0;

 private:
  MemorySource bytes_;
};

TEST(Sketch, TellsFactsByBothEnds) {
  // 0x5a and 0x62 are tags of inputs and outputs: weights full of them are no fields.
  for (const char filling : {'\0', '\x5a', '\x62', '\x0a'}) {
    const Counting source(large_model(filling).SerializeAsString());
    const auto made = sketch(source, {}, {});
    ASSERT_TRUE(made && *made);
    EXPECT_LT(source.read, 800U << 10);
    EXPECT_TRUE((*made)->nodes);
    EXPECT_TRUE((*made)->tail);
    EXPECT_FALSE((*made)->complete);
    const PlannedSource small((*made)->plan, source);
    EXPECT_LT(small.size(), 100U << 10);
    const auto view = ModelView::open(small);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(view->graph().nodes.size(), static_cast<std::size_t>(kTensors));
    EXPECT_EQ(view->graph().inputs.size(), 1U);
    EXPECT_EQ(view->graph().outputs.size(), static_cast<std::size_t>(kTensors));
    EXPECT_EQ(view->graph().metadata.size(), 1U);
    EXPECT_EQ(view->header().opset_imports.at(0).version, 18);
    ASSERT_NE(view->find_metadata("hf_task"), nullptr);
    EXPECT_EQ(*view->find_metadata("hf_task"), "fill-mask");
  }
}

TEST(Sketch, GrowsWithItsJumpsUntilComplete) {
  const Counting source(large_model('\x5a').SerializeAsString());
  std::size_t before = 0;
  for (const std::uint64_t jumps : {4, 8, 100}) {
    SketchOptions options;
    options.jumps = jumps;
    const auto made = sketch(source, options, {});
    ASSERT_TRUE(made && *made);
    const PlannedSource small((*made)->plan, source);
    const auto view = ModelView::open(small);
    ASSERT_TRUE(view);
    const auto& tensors = view->graph().initializers;
    EXPECT_GT(tensors.size(), before);
    before = tensors.size();
    EXPECT_EQ(tensors.back().elements(), kBytes / 4);
    EXPECT_EQ((*made)->large.size(), tensors.size());
    EXPECT_GE((*made)->large[1], (*made)->large[0] + kBytes);
    EXPECT_EQ((*made)->complete, tensors.size() == kTensors);
  }
  EXPECT_EQ(before, static_cast<std::size_t>(kTensors));
}

TEST(Sketch, NothingOfSmallFilesAndErrorsOfBrokenOnes) {
  const auto small = sketch(MemorySource(std::string(100, '\x08')), {}, {});
  EXPECT_TRUE(!small || !*small);
  std::string bytes = large_model('\0').SerializeAsString();
  const auto cut = sketch(MemorySource(bytes.substr(0, bytes.size() / 2)), {}, {});
  EXPECT_FALSE(cut);  // the graph reaches past the end
}

}  // namespace
}  // namespace modelexport::onnx
