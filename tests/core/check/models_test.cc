#include "models.h"

#include <gtest/gtest.h>

namespace modelexport::check {

void set_value(proto::ValueInfoProto* value, const std::string& name, const std::vector<std::int64_t>& shape,
               int type) {
  value->set_name(name);
  auto* tensor = value->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (const std::int64_t size : shape) tensor->mutable_shape()->add_dim()->set_dim_value(size);
}

proto::NodeProto* add_node(proto::GraphProto* graph, const std::string& op,
                           const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
  proto::NodeProto* node = graph->add_node();
  node->set_op_type(op);
  node->set_name(op + std::to_string(graph->node_size()));
  for (const std::string& name : inputs) node->add_input(name);
  for (const std::string& name : outputs) node->add_output(name);
  return node;
}

proto::AttributeProto* add_int(proto::NodeProto* node, const std::string& name, std::int64_t value) {
  proto::AttributeProto* attribute = node->add_attribute();
  attribute->set_name(name);
  attribute->set_i(value);
  attribute->set_type(proto::AttributeProto::INT);
  return attribute;
}

void add_entry(google::protobuf::RepeatedPtrField<proto::StringStringEntryProto>* list,
               const std::string& key, const std::string& value) {
  proto::StringStringEntryProto* entry = list->Add();
  entry->set_key(key);
  entry->set_value(value);
}

proto::ModelProto good_model() {
  proto::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  proto::GraphProto* graph = model.mutable_graph();
  graph->set_name("main_graph");
  set_value(graph->add_input(), "x", {2, 4});
  set_value(graph->add_output(), "y", {2, 4});
  proto::TensorProto* weight = graph->add_initializer();
  weight->set_name("W");
  weight->set_data_type(1);
  weight->add_dims(4);
  weight->add_dims(4);
  weight->set_raw_data(std::string(64, '\1'));
  add_node(graph, "MatMul", {"x", "W"}, {"h"});
  add_node(graph, "Relu", {"h"}, {"y"});
  return model;
}

std::vector<std::string> errors_of(const Report& report) {
  std::vector<std::string> list;
  for (const Finding& finding : report.findings)
    if (finding.severity == Severity::error) list.emplace_back(finding.rule->id);
  return list;
}

const Finding* find(const Report& report, std::string_view rule) {
  for (const Finding& finding : report.findings)
    if (finding.rule->id == rule) return &finding;
  return nullptr;
}

namespace {

TEST(Models, TheGoodOneIsGood) {
  const MemorySource source(good_model().SerializeAsString());
  Options options;
  options.readers = Reader::ort | Reader::onnx;
  const Report report = check_model(source, options);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings.front().rule->id, "ME-STAMP-001");
  EXPECT_EQ(report.count(Severity::error), 0U);
  EXPECT_EQ(report.count(Severity::warning), 0U);
}

}  // namespace
namespace {

/// A directory whose listing takes long.
class Unlisted final : public Surroundings {
 public:
  [[nodiscard]] File look_up(const std::string&) const override { return {}; }
  [[nodiscard]] const std::vector<std::string>& siblings() const override {
    ADD_FAILURE() << "the directory was listed";
    return none_;
  }
  [[nodiscard]] std::optional<std::string> read_text(const std::string&, std::uint64_t) const override {
    return std::nullopt;
  }

 private:
  std::vector<std::string> none_;
};

TEST(Surroundings, AreNotListedForASoundModel) {
  const std::string bytes = good_model().SerializeAsString();
  const MemorySource source(bytes, "model.onnx");
  const Unlisted around;
  Options options;
  options.around = &around;
  EXPECT_EQ(check_model(source, options).count(Severity::error), 0U);
}

/// Two weights in one file that is not there.
proto::ModelProto two_external(const std::string& location) {
  proto::ModelProto model = good_model();
  proto::GraphProto* graph = model.mutable_graph();
  proto::TensorProto* first = graph->mutable_initializer(0);
  *graph->add_initializer() = *first;
  graph->mutable_initializer(1)->set_name("W2");
  add_node(graph, "MatMul", {"h", "W2"}, {"z"});
  for (int i = 0; i < 2; ++i) {
    proto::TensorProto* tensor = graph->mutable_initializer(i);
    tensor->clear_raw_data();
    tensor->set_data_location(proto::TensorProto::EXTERNAL);
    add_entry(tensor->mutable_external_data(), "location", location);
    add_entry(tensor->mutable_external_data(), "offset", std::to_string(64 * i));
    add_entry(tensor->mutable_external_data(), "length", "64");
  }
  return model;
}

TEST(Surroundings, AMissingFileIsOneFinding) {
  const std::string bytes = two_external("gone.bin").SerializeAsString();
  const MemorySource source(bytes, "model.onnx");
  const MemorySurroundings around;
  Options options;
  options.around = &around;
  const Report report = check_model(source, options);
  EXPECT_EQ(errors_of(report), std::vector<std::string>{"ME-EXT-010"});
  EXPECT_EQ(find(report, "ME-EXT-010")->more, 1U);
}

TEST(Surroundings, ARenamedFileIsKnownByItsSize) {
  const std::string bytes = two_external("gone.bin").SerializeAsString();
  const MemorySource source(bytes, "model.onnx");
  MemorySurroundings around;
  around.add("model.onnx", {.regular = true, .is_model = true, .size = 128});
  around.add("other.bin", {.regular = true, .size = 64});
  around.add("weights.bin", {.regular = true, .size = 128});
  Options options;
  options.around = &around;
  const auto plan = FixPlan::make(source, options);
  ASSERT_TRUE(plan);
  EXPECT_NE(find(plan->before(), "ME-EXT-010")->message.find("weights.bin"), std::string::npos);
  EXPECT_TRUE(errors_of(plan->left()).empty());
  around.add("weights.old", {.regular = true, .size = 128});  // two of that size: nobody knows which
  const auto unclear = FixPlan::make(source, options);
  ASSERT_TRUE(unclear);
  EXPECT_FALSE(find(unclear->before(), "ME-EXT-010")->fixable());
}

}  // namespace
}  // namespace modelexport::check
