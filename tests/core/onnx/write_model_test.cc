// The writer, read back with the generated classes: every weight mode, strided views, refusals.
#include <gtest/gtest.h>

#include <cstring>
#include <span>

#include "bytes/window_sink.h"
#include "modelexport/onnx_model.h"
#include "onnx/model_builder.h"
#include "onnx/model_stream.h"
#include "onnx/strided_copy.h"
#include "proto/onnx.pb.h"

namespace modelexport::onnx {
namespace {

Bytes counting_floats(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  const ByteSpan bytes = std::as_bytes(std::span(values));
  return Bytes(bytes.begin(), bytes.end());
}

std::vector<float> floats(std::string_view raw) {
  std::vector<float> values(raw.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), raw.data(), values.size() * sizeof(float));
  return values;
}

Initializer stored(std::string name, const ByteSource& source, std::vector<std::int64_t> dims,
                   std::vector<std::int64_t> strides) {
  Initializer tensor;
  tensor.name = std::move(name);
  tensor.dims = std::move(dims);
  tensor.data = StoredTensor{&source, {0, source.size()}, 0, std::move(strides)};
  return tensor;
}

struct Written {
  WriteSummary summary;
  proto::ModelProto model;
  Bytes data;
};

Written write(const Model& model, const WriteOptions& options) {
  MemorySink out;
  MemorySink data;
  const auto summary = write_model(model, options, out, &data, no_progress());
  EXPECT_TRUE(summary) << summary.error().message;
  Written written;
  if (!summary) return written;
  written.summary = *summary;
  EXPECT_EQ(summary->model_bytes, out.bytes().size());
  EXPECT_EQ(summary->data_bytes, data.bytes().size());
  EXPECT_TRUE(written.model.ParseFromArray(out.bytes().data(), static_cast<int>(out.bytes().size())));
  EXPECT_EQ(written.model.SerializeAsString(), as_text(out.bytes())) << "not the canonical field order";
  written.data = data.bytes();
  return written;
}

std::string entry(const proto::TensorProto& tensor, std::string_view key) {
  for (const auto& e : tensor.external_data())
    if (e.key() == key) return e.value();
  return {};
}

TEST(WriteModel, WritesHeaderNodesAndValues) {
  Model model;
  model.producer_name = "P";
  model.opset_imports = {{"", 18}};
  model.metadata = {{"key", "value"}};
  model.graph.name = "main";
  Node node;
  node.name = "n";
  node.op_type = "Op";
  node.domain = "custom";
  node.inputs = {"a", "", "b"};
  node.outputs = {"c"};
  node.attributes = {{"i", std::int64_t{-1}},          {"f", 0.5F},
                     {"s", std::string("text")},       {"is", std::vector<std::int64_t>{}},
                     {"fs", std::vector<float>{1, 2}}, {"ss", std::vector<std::string>{"x"}}};
  node.metadata = {{"tag", "/A"}};
  model.graph.nodes = {node};
  model.graph.inputs = {{"a", DType::int64, {Dim{std::string("batch")}, Dim{std::int64_t{3}}, Dim{}}}};
  const Written w = write(model, {});

  EXPECT_EQ(w.model.producer_name(), "P");
  EXPECT_EQ(w.model.metadata_props(0).value(), "value");
  const proto::NodeProto& n = w.model.graph().node(0);
  EXPECT_EQ(n.input(1), "");
  EXPECT_EQ(n.domain(), "custom");
  EXPECT_EQ(n.attribute(0).i(), -1);
  EXPECT_EQ(n.attribute(3).type(), proto::AttributeProto::INTS);
  EXPECT_EQ(n.attribute(4).floats(1), 2.0F);
  EXPECT_EQ(n.metadata_props(0).key(), "tag");
  const auto& shape = w.model.graph().input(0).type().tensor_type().shape();
  EXPECT_EQ(shape.dim(0).dim_param(), "batch");
  EXPECT_EQ(shape.dim(1).dim_value(), 3);
  EXPECT_FALSE(shape.dim(2).has_dim_value() || shape.dim(2).has_dim_param());
}

TEST(WriteModel, InlinesTransposedAndContiguousViews) {
  const MemorySource source(counting_floats(6));
  Model model;
  model.graph.initializers = {stored("w", source, {2, 3}, {3, 1}), stored("w_t", source, {3, 2}, {1, 3})};
  const Written w = write(model, {});
  EXPECT_EQ(w.summary.weights, WeightMode::inlined);
  EXPECT_EQ(w.summary.weight_bytes, 48U);
  EXPECT_EQ(floats(w.model.graph().initializer(0).raw_data()), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(floats(w.model.graph().initializer(1).raw_data()), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST(WriteModel, ExternalTensorsAreAligned) {
  const MemorySource source(counting_floats(1 << 18));
  Model model;
  model.graph.initializers = {stored("small", source, {4}, {1}), stored("a", source, {300}, {1}),
                              stored("b", source, {300}, {1}), stored("page", source, {1 << 18}, {1})};
  WriteOptions options;
  options.weights = WeightMode::external;
  options.data_location = "m.onnx_data";
  const Written w = write(model, options);
  const auto& graph = w.model.graph();
  EXPECT_EQ(graph.initializer(0).raw_data().size(), 16U) << "small tensors stay inside";
  EXPECT_EQ(entry(graph.initializer(1), "offset"), "0");
  EXPECT_EQ(entry(graph.initializer(2), "offset"), "1216");
  EXPECT_EQ(entry(graph.initializer(2), "length"), "1200");
  EXPECT_EQ(entry(graph.initializer(3), "offset"), "4096");
  EXPECT_EQ(entry(graph.initializer(3), "location"), "m.onnx_data");
  EXPECT_EQ(graph.initializer(3).data_location(), proto::TensorProto::EXTERNAL);
  ASSERT_EQ(w.data.size(), 4096U + (1U << 20));
  EXPECT_EQ(floats(as_text(ByteSpan(w.data).subspan(1216, 12))), (std::vector<float>{0, 1, 2}));
}

TEST(WriteModel, ReferencesPointIntoTheSource) {
  const MemorySource source(counting_floats(1000));
  const MemorySource elsewhere(counting_floats(1000));
  Model model;
  model.graph.initializers = {stored("a", source, {500}, {1}), stored("t", source, {500, 2}, {1, 500}),
                              stored("other", elsewhere, {1000}, {1})};
  std::get<StoredTensor>(model.graph.initializers[0].data).storage_offset = 10;
  WriteOptions options;
  options.weights = WeightMode::reference;
  options.reference_locations = {{&source, "model.safetensors"}};
  const Written w = write(model, options);
  const auto& graph = w.model.graph();
  EXPECT_EQ(entry(graph.initializer(0), "location"), "model.safetensors");
  EXPECT_EQ(entry(graph.initializer(0), "offset"), "40");
  EXPECT_EQ(entry(graph.initializer(0), "length"), "2000");
  EXPECT_EQ(graph.initializer(1).raw_data().size(), 4000U) << "a transpose has no place in the source";
  EXPECT_EQ(graph.initializer(2).raw_data().size(), 4000U);
}

TEST(WriteModel, SubgraphsAndTensorAttributesKeepTheirWeights) {
  const MemorySource source(counting_floats(4));
  auto body = std::make_shared<Graph>();
  body->name = "body";
  body->initializers = {stored("w", source, {2, 2}, {1, 2})};
  Node node;
  node.op_type = "Loop";
  node.attributes = {{"body", body}, {"value", stored("v", source, {4}, {1})}, {"after", std::int64_t{7}}};
  Model model;
  model.graph.nodes = {node};
  const Written w = write(model, {});
  const auto& n = w.model.graph().node(0);
  EXPECT_EQ(n.attribute(0).type(), proto::AttributeProto::GRAPH);
  EXPECT_EQ(floats(n.attribute(0).g().initializer(0).raw_data()), (std::vector<float>{0, 2, 1, 3}));
  EXPECT_EQ(floats(n.attribute(1).t().raw_data()), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(n.attribute(2).i(), 7);
}

TEST(WriteModel, AutomaticGoesExternalAtTheLimit) {
  const MemorySource source(counting_floats(300));
  Model model;
  model.graph.initializers = {stored("a", source, {300}, {1})};
  WriteOptions options;
  options.inline_limit = 1200;
  EXPECT_EQ(decide_weights(model, options), WeightMode::external);
  options.inline_limit = 1201;
  EXPECT_EQ(decide_weights(model, options), WeightMode::inlined);
}

ErrorCode refusal(const Model& model, const WriteOptions& options = {}) {
  MemorySink out;
  const auto summary = write_model(model, options, out, nullptr, no_progress());
  EXPECT_FALSE(summary);
  EXPECT_TRUE(out.bytes().empty()) << "nothing may be written before everything is known to fit";
  return summary ? ErrorCode::internal : summary.error().code;
}

/// Counts how much is read.
class CountingSource final : public ByteSource {
 public:
  explicit CountingSource(Bytes bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    read += out.size();
    return bytes_.read_at(offset, out);
  }
  [[nodiscard]] std::string name() const override { return "(counted)"; }
  mutable std::uint64_t read = 0;

 private:
  MemorySource bytes_;
};

TEST(WriteModel, WindowsJoinToTheWholeAndReadNothingTwice) {
  const std::int64_t rows = 3000;
  const std::int64_t columns = 1000;
  const CountingSource source(counting_floats(static_cast<std::size_t>(rows * columns)));
  Model model;
  model.graph.initializers = {stored("plain", source, {rows, columns}, {columns, 1}),
                              stored("transposed", source, {columns, rows}, {1, columns}),
                              Initializer{"literal", DType::float32, {500}, Bytes(2000)}};
  WriteOptions options;
  options.data_location = "data";
  for (const WeightMode mode : {WeightMode::inlined, WeightMode::external}) {
    options.weights = mode;
    source.read = 0;
    const Written whole = write(model, options);
    const std::uint64_t read_at_once = source.read;
    const auto stream = ModelStream::make(model, options);
    ASSERT_TRUE(stream);
    source.read = 0;
    MemorySink joined;
    const bool external = mode == WeightMode::external;
    const std::uint64_t size = external ? stream->summary().data_bytes : stream->summary().model_bytes;
    int windows = 0;
    for (std::uint64_t at = 0; at < size; ++windows) {
      WindowSink window(joined, at, 1 << 20);
      ProgressMeter meter(no_progress(), "", 0, &window);
      ASSERT_TRUE(external ? stream->write_data(window, meter) : stream->write_model(window, meter));
      ASSERT_GT(window.end(), at);
      at = window.end();
    }
    EXPECT_GT(windows, 10);
    EXPECT_EQ(source.read, read_at_once);
    const std::string expected =
        external ? std::string(as_text(whole.data)) : whole.model.SerializeAsString();
    EXPECT_TRUE(as_text(joined.bytes()) == expected) << "windows differ from the whole";
  }
}

TEST(WriteModel, RefusesWhatCannotBeRead) {
  const MemorySource source(counting_floats(6));
  Model model;
  model.graph.initializers = {stored("w", source, {2, 4}, {3, 1})};
  EXPECT_EQ(refusal(model), ErrorCode::tensor_view);
  model.graph.initializers = {stored("w", source, {-1}, {1})};
  EXPECT_EQ(refusal(model), ErrorCode::tensor_shape);
  model.graph.initializers = {stored("w", source, {1LL << 40, 1LL << 40}, {0, 0})};
  EXPECT_EQ(refusal(model), ErrorCode::tensor_shape);
  model.graph.initializers = {stored("w", source, {1LL << 30}, {0})};
  EXPECT_EQ(refusal(model, {WeightMode::inlined, "", {}, 0}), ErrorCode::model_too_large);
  model.graph.initializers = {Initializer{"w", DType::float32, {2}, Bytes(7)}};
  EXPECT_EQ(refusal(model), ErrorCode::model_value);
  WriteOptions outside;
  outside.weights = WeightMode::external;
  outside.data_location = "../x";
  EXPECT_EQ(refusal(model, outside), ErrorCode::model_value) << "no data sink";
}

/// Compares a view with element-wise indexing.
void expect_view(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& strides,
                 std::size_t elements, std::int64_t offset = 0) {
  const MemorySource source(counting_floats(elements));
  const StoredTensor view{&source, {0, source.size()}, offset, strides};
  ASSERT_TRUE(check_view(view, dims, 4));
  MemorySink out;
  ProgressMeter meter(no_progress(), "", 0);
  ASSERT_TRUE(write_view(view, dims, 4, out, meter));
  const std::vector<float> got = floats(as_text(out.bytes()));
  ASSERT_EQ(got.size(), *element_count(dims));
  std::vector<std::int64_t> index(dims.size());
  for (const float value : got) {
    std::int64_t at = offset;
    for (std::size_t i = 0; i < dims.size(); ++i) at += index[i] * strides[i];
    ASSERT_EQ(value, static_cast<float>(at));
    for (std::size_t i = dims.size(); i-- > 0 && ++index[i] == dims[i];) index[i] = 0;
  }
}

TEST(WriteView, GathersAnyStrides) {
  expect_view({}, {}, 3, 2);
  expect_view({0, 5}, {1, 1}, 0);
  expect_view({3, 4}, {0, 1}, 4);
  expect_view({4, 3}, {1, 0}, 4);
  expect_view({2, 3, 4}, {4, 8, 1}, 24);
  expect_view({2, 3, 4}, {1, 8, 2}, 24);
  expect_view({5}, {3}, 14, 1);
  expect_view({1, 5, 1}, {7, 3, 9}, 14);
}

TEST(WriteView, GathersTransposesLargerThanItsWindows) {
  expect_view({1500, 4000}, {1, 1500}, 6'000'000);  // 24 MB: strips of rows
  expect_view({2, 5'000'000}, {1, 2}, 10'000'000);  // rows larger than a block
}

}  // namespace
}  // namespace modelexport::onnx
