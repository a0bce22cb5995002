#include <gtest/gtest.h>

#include <algorithm>

#include "modelexport/bytes.h"
#include "modelexport/hierarchy.h"
#include "modelexport/model_view.h"
#include "proto/onnx.pb.h"

namespace modelexport::hierarchy {
namespace {

/// A model of MatMul nodes, each with a weight of its own (4 floats) unless named otherwise.
class Model {
 public:
  Model() {
    model_.set_ir_version(8);
    model_.mutable_graph()->set_name("main_graph");
  }
  proto::NodeProto& node(const std::string& name, const std::string& weight = {}) {
    proto::NodeProto* node = model_.mutable_graph()->add_node();
    node->set_name(name);
    node->set_op_type("MatMul");
    const std::string used = weight.empty() ? "w" + std::to_string(model_.graph().node_size()) : weight;
    node->add_input(used);
    if (weight.empty()) initializer(used);
    return *node;
  }
  void initializer(const std::string& name) {
    proto::TensorProto* tensor = model_.mutable_graph()->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(1);
    tensor->add_dims(4);
    tensor->set_raw_data(std::string(16, '\0'));
  }
  proto::ModelProto& proto() { return model_; }
  Tree read(const ReadOptions& options = {}) {
    const MemorySource source(model_.SerializeAsString());
    Result<onnx::ModelView> view = onnx::ModelView::open(source);
    EXPECT_TRUE(view.has_value()) << (view ? "" : view.error().message);
    if (!view) return {};
    Result<Tree> tree = read_hierarchy(*view, options);
    EXPECT_TRUE(tree.has_value()) << (tree ? "" : tree.error().message);
    return tree ? *tree : Tree{};
  }

 private:
  proto::ModelProto model_;
};

void set(proto::NodeProto& node, const std::string& key, const std::string& value) {
  proto::StringStringEntryProto* entry = node.add_metadata_props();
  entry->set_key(key);
  entry->set_value(value);
}

void set_attribute(proto::NodeProto& node, const std::string& tag) {
  proto::AttributeProto* attribute = node.add_attribute();
  attribute->set_name("hierarchy_tag");
  attribute->set_s(tag);
  attribute->set_type(static_cast<decltype(attribute->type())>(3));
}

std::vector<std::string> tags(const Tree& tree) {
  std::vector<std::string> out;
  for (const TreeModule& module : tree.modules) out.push_back(module.tag);
  return out;
}

using Names = std::vector<std::string>;

TEST(ReadHierarchy, OwnFormWithModuleList) {
  Model model;
  set(model.node("a"), "hierarchy_tag", "/Bert/Layer.0");
  proto::NodeProto& other = model.node("b", "w1");
  set(other, "hierarchy_tag", "/Bert/Head");
  set(other, "hierarchy_scope", "head@2");
  model.node("untagged");
  proto::StringStringEntryProto* list = model.proto().mutable_graph()->add_metadata_props();
  list->set_key("hierarchy_modules");
  list->set_value(R"([{"path":"","class":"Bert","tag":"/Bert","calls":1},
                      {"path":"layer.0","class":"Layer","tag":"/Bert/Layer.0","calls":1},
                      {"path":"layer.0.dense","class":"Linear","tag":"/Bert/Layer.0","calls":1},
                      {"path":"idle","class":"Idle","tag":"/Bert/Idle","calls":0},
                      {"path":"head","class":"Head","tag":"/Bert/Head","calls":2}])");
  ReadOptions options;
  options.nodes = true;
  const Tree tree = model.read(options);
  EXPECT_EQ(tree.form, Form::modelexport);
  EXPECT_FALSE(tree.derived);
  EXPECT_EQ(tags(tree), (Names{"/Bert", "/Bert/Layer.0", "/Bert/Idle", "/Bert/Head"}));
  EXPECT_EQ(tree.modules[1].scope, "layer.0");
  EXPECT_EQ(tree.modules[1].class_name, "Layer");
  EXPECT_EQ(tree.modules[0].nodes_total, 3U);
  EXPECT_EQ(tree.modules[0].nodes_direct, 1U);
  EXPECT_EQ(tree.modules[2].nodes_total, 0U);
  // w1 has users in two modules, so it belongs to what encloses both.
  EXPECT_EQ(tree.modules[0].parameters_direct, 8U);
  EXPECT_EQ(tree.modules[0].parameters_total, 8U);
  EXPECT_EQ(tree.modules[0].bytes_total, 32U);
  EXPECT_EQ(tree.nodes_tagged, 2U);
  ASSERT_EQ(tree.nodes.size(), 3U);
  EXPECT_EQ(tree.nodes[1].scope, "head@2");
  EXPECT_EQ(tree.modules[tree.nodes[1].module].tag, "/Bert/Head");
  EXPECT_FALSE(tree.nodes[2].tagged);
}

TEST(ReadHierarchy, PredecessorsAttributesAndScopesFromNames) {
  Model model;
  set_attribute(model.node("/encoder/layer.0/MatMul"), "/T5/Stack/Layer.0");
  set_attribute(model.node("/encoder/layer.0/dense/MatMul"), "/T5/Stack/Layer.0");
  set_attribute(model.node("/MatMul"), "/T5/");
  const Tree tree = model.read();
  EXPECT_EQ(tree.form, Form::attribute);
  EXPECT_EQ(tags(tree), (Names{"/T5", "/T5/Stack", "/T5/Stack/Layer.0"}));
  EXPECT_EQ(tree.modules[2].scope, "encoder.layer.0");
  EXPECT_EQ(tree.modules[2].class_name, "Layer");
  EXPECT_EQ(tree.modules[1].nodes_total, 2U);
  EXPECT_EQ(tree.modules[1].scope, "encoder");  // no operator of its own: inferred from the numbered child
  EXPECT_EQ(tree.modules[0].ops, (std::vector<std::pair<std::string, std::uint64_t>>{{"MatMul", 3}}));
}

TEST(ReadHierarchy, DocStringWinmlAndSidecar) {
  Model doc;
  doc.node("a").set_doc_string(R"({"hierarchy_tags":["/Toy/Emb/"],"hierarchy_count":1})");
  EXPECT_EQ(doc.read().form, Form::doc_string);
  EXPECT_EQ(tags(doc.read()), (Names{"/Toy", "/Toy/Emb"}));

  Model winml;
  set(winml.node("a"), "winml.hierarchy.tag", "/Toy/Emb");
  EXPECT_EQ(winml.read().form, Form::winml);

  Model clean;
  clean.node("/emb/MatMul");
  ReadOptions options;
  options.sidecar = R"({"nodes":{"/emb/MatMul":"/Toy/Emb"}})";
  EXPECT_EQ(clean.read(options).form, Form::sidecar);
  EXPECT_EQ(clean.read(options).modules[1].scope, "emb");
  options.sidecar = R"({"node_tags":{"/emb/MatMul":{"tags":["/Toy/Emb/"]}}})";
  EXPECT_EQ(tags(clean.read(options)), (Names{"/Toy", "/Toy/Emb"}));
}

TEST(ReadHierarchy, DynamoIsDerived) {
  Model model;
  proto::NodeProto& listed = model.node("node_linear");
  set(listed, "pkg.torch.onnx.name_scopes", "['', 'enc.layer.0', 'enc.layer.0.q', 'linear']");
  set(listed, "pkg.torch.onnx.class_hierarchy",
      "['m.Net', 'm.Layer', 'torch.nn.modules.linear.Linear', 'aten.x']");
  set(model.node("n2"), "namespace", ": m.Net/head: m.Head/n2: aten.mm");
  const Tree tree = model.read();
  EXPECT_EQ(tree.form, Form::dynamo);
  EXPECT_TRUE(tree.derived);
  EXPECT_EQ(tags(tree), (Names{"/Net", "/Net/Layer.0", "/Net/Head"}));
}

TEST(ReadHierarchy, NodeNamesAndNothing) {
  Model named;
  named.node("/enc/layer.0/MatMul");
  named.node("Constant_1");
  const Tree tree = named.read();
  EXPECT_EQ(tree.form, Form::node_names);
  EXPECT_TRUE(tree.derived);
  EXPECT_EQ(tags(tree), (Names{"/main_graph", "/main_graph/enc", "/main_graph/enc/layer.0"}));
  EXPECT_EQ(tree.modules[2].scope, "enc.layer.0");
  EXPECT_EQ(tree.modules[2].class_name, "");
  Model plain;
  plain.node("MatMul_0");
  EXPECT_EQ(plain.read().form, Form::none);
  EXPECT_EQ(plain.read().modules.size(), 1U);
}

TEST(ReadHierarchy, NodeNamesWithDotsOfTheirOwn) {
  Model model;  // as tf2onnx writes the layers of TensorFlow's BERT
  model.node("tf_bert/bert/encoder/layer_._0/attention/self/query/MatMul");
  model.node("tf_bert/bert/encoder/layer_._1/attention/self/query/MatMul");
  const Tree tree = model.read();
  for (const TreeModule& module : tree.modules) {
    std::string scope = module.tag.substr(std::string("/main_graph").size());
    if (!scope.empty()) scope.erase(0, 1);
    std::replace(scope.begin(), scope.end(), '/', '.');
    EXPECT_EQ(module.scope, scope) << module.tag;
  }
  EXPECT_EQ(tree.modules[3].scope, "tf_bert.bert.encoder");
  EXPECT_EQ(tree.modules[4].scope, "tf_bert.bert.encoder.layer_._0");
}

TEST(ReadHierarchy, SubgraphNodesCount) {
  Model model;
  proto::NodeProto& branch = model.node("if");
  set(branch, "hierarchy_tag", "/Net");
  proto::AttributeProto* body = branch.add_attribute();
  body->set_name("then_branch");
  body->set_type(static_cast<decltype(body->type())>(5));
  proto::NodeProto* inner = body->mutable_g()->add_node();
  inner->set_op_type("Add");
  set(*inner, "hierarchy_tag", "/Net/Inner");
  const Tree tree = model.read();
  EXPECT_EQ(tags(tree), (Names{"/Net", "/Net/Inner"}));
  EXPECT_EQ(tree.modules[0].nodes_total, 2U);
}

TEST(TreeText, DrawsTheTree) {
  Model model;
  set(model.node("a"), "hierarchy_tag", "/Net/Enc/Layer.0");
  set(model.node("b"), "hierarchy_tag", "/Net/Enc/Layer.1");
  set(model.node("c"), "hierarchy_tag", "/Net/He\nad");
  EXPECT_EQ(tree_text(model.read()),
            "Net  3 nodes, 12 parameters\n"
            "├─ Enc  2 nodes, 8 parameters\n"
            "│  ├─ Layer.0  1 node, 4 parameters\n"
            "│  └─ Layer.1  1 node, 4 parameters\n"
            "└─ He\\x0aad  1 node, 4 parameters\n");
  EXPECT_EQ(tree_text(model.read(), 0), "Net  3 nodes, 12 parameters\n");
}

}  // namespace
}  // namespace modelexport::hierarchy
