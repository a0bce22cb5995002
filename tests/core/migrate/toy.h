// A toy export of the predecessor as protobuf, its surroundings in memory, and a Hub that answers from a
// table.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "migrate/migrate.h"
#include "proto/onnx.pb.h"

namespace modelexport::migrate {

struct ToyNode {
  const char* name;
  const char* op;
  std::vector<std::string> inputs;
  const char* output;
  const char* tag;
  const char* scope;
};
inline const std::vector<ToyNode>& toy_nodes() {
  static const std::vector<ToyNode> nodes = {
      {"/emb/Gather", "Gather", {"emb.weight", "input_ids"}, "/emb/Gather_output_0", "/Toy/ToyEmb", "emb"},
      {"/enc/layer.0/MatMul",
       "MatMul",
       {"/emb/Gather_output_0", "enc.layer.0.weight"},
       "/enc/layer.0/MatMul_output_0",
       "/Toy/ToyEnc/ToyLayer.0",
       "enc.layer.0"},
      {"/enc/layer.0/act/Relu",
       "Relu",
       {"/enc/layer.0/MatMul_output_0"},
       "/enc/layer.0/act/Relu_output_0",
       "/Toy/ToyEnc/ToyLayer.0",
       "enc.layer.0.act"},
      {"/Relu", "Relu", {"/enc/layer.0/act/Relu_output_0"}, "last_hidden_state", "/Toy", ""},
  };
  return nodes;
}

inline void set_value(proto::ValueInfoProto* value, const std::string& name,
                      const std::vector<std::int64_t>& shape, int type) {
  value->set_name(name);
  auto* tensor = value->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  for (const std::int64_t size : shape) tensor->mutable_shape()->add_dim()->set_dim_value(size);
}

inline void add_entry(google::protobuf::RepeatedPtrField<proto::StringStringEntryProto>* list,
                      const std::string& key, const std::string& value) {
  proto::StringStringEntryProto* entry = list->Add();
  entry->set_key(key);
  entry->set_value(value);
}

inline void add_weight(proto::GraphProto* graph, const std::string& name, std::int64_t rows,
                       std::int64_t columns) {
  proto::TensorProto* tensor = graph->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(1);
  tensor->add_dims(rows);
  tensor->add_dims(columns);
  tensor->set_raw_data(std::string(static_cast<std::size_t>(rows * columns * 4), '\1'));
}

inline void add_attribute_tag(proto::NodeProto* node, const std::string& tag) {
  proto::AttributeProto* attribute = node->add_attribute();
  attribute->set_name("hierarchy_tag");
  attribute->set_type(proto::AttributeProto::STRING);
  attribute->set_s(tag);
}
inline std::string doc_of(const std::string& tag) {
  return R"({"hierarchy_tags": [")" + tag + R"("], "hierarchy_path": ")" + tag +
         R"(", "hierarchy_count": 1})";
}

/// Without any tag.
inline proto::ModelProto clean_toy() {
  proto::ModelProto model;
  model.set_ir_version(8);
  model.set_producer_name("pytorch");
  model.add_opset_import()->set_version(17);
  proto::GraphProto* graph = model.mutable_graph();
  graph->set_name("main_graph");
  for (const ToyNode& toy : toy_nodes()) {
    proto::NodeProto* node = graph->add_node();
    node->set_name(toy.name);
    node->set_op_type(toy.op);
    for (const std::string& input : toy.inputs) node->add_input(input);
    node->add_output(toy.output);
  }
  add_weight(graph, "emb.weight", 5, 4);
  add_weight(graph, "enc.layer.0.weight", 4, 4);
  set_value(graph->add_input(), "input_ids", {2, 3}, 7);
  set_value(graph->add_output(), "last_hidden_state", {2, 3, 4}, 1);
  return model;
}
/// With its tags as attributes.
inline proto::ModelProto toy() {
  proto::ModelProto model = clean_toy();
  for (std::size_t i = 0; i < toy_nodes().size(); ++i)
    add_attribute_tag(model.mutable_graph()->mutable_node(static_cast<int>(i)), toy_nodes()[i].tag);
  return model;
}

inline std::string toy_sidecar() {
  std::string nodes;
  for (const ToyNode& node : toy_nodes())
    nodes += std::string(nodes.empty() ? "" : ",") + "\"" + node.name + "\":\"" + node.tag + "\"";
  return R"({"export_context":{"exporter":"HTPExporter"},"model":{"name_or_path":"toy-org/toy","class_name":"Toy"},)"
         R"("modules":{"class_name":"Toy","traced_tag":"/Toy","scope":"","children":{)"
         R"("ToyEmb":{"class_name":"ToyEmb","traced_tag":"/Toy/ToyEmb","scope":"emb"},)"
         R"("ToyEnc":{"class_name":"ToyEnc","traced_tag":"/Toy/ToyEnc","scope":"enc","children":{)"
         R"("ToyLayer.0":{"class_name":"ToyLayer","traced_tag":"/Toy/ToyEnc/ToyLayer.0","scope":"enc.layer.0"}}}}},)"
         R"("nodes":{)" +
         nodes + "}}";
}

class Around final : public check::Surroundings {
 public:
  Around& add(const std::string& name, std::string text) {
    texts_[name] = std::move(text);
    names_.push_back(name);
    std::sort(names_.begin(), names_.end());
    return *this;
  }
  [[nodiscard]] File look_up(const std::string& location) const override {
    File file;
    const auto found = texts_.find(location);
    file.exists = file.regular = found != texts_.end();
    if (file.exists) file.size = found->second.size();
    return file;
  }
  [[nodiscard]] const std::vector<std::string>& siblings() const override { return names_; }
  [[nodiscard]] std::optional<std::string> read_text(const std::string& name,
                                                     std::uint64_t limit) const override {
    const auto found = texts_.find(name);
    if (found == texts_.end() || found->second.size() > limit) return std::nullopt;
    return found->second;
  }

 private:
  std::map<std::string, std::string> texts_;
  std::vector<std::string> names_;
};

class TableHub final : public source::HubProbe {
 public:
  source::HubAnswer online;
  source::HubAnswer in_cache;
  source::HubAnswer ask(std::string_view, std::string_view) override { return online; }
  source::HubAnswer cached(std::string_view, std::string_view) override { return in_cache; }
};

inline bool has_step(const std::vector<Step>& steps, std::string_view rule) {
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) { return step.rule == rule; });
}
inline bool has_note(const std::vector<Note>& notes, std::string_view rule) {
  return std::any_of(notes.begin(), notes.end(), [&](const Note& note) { return note.rule == rule; });
}

}  // namespace modelexport::migrate
