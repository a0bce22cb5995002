#include <gtest/gtest.h>

#include "modelexport/hierarchy.h"

namespace modelexport::hierarchy {
namespace {

/// Builds graphs whose calls each hold one operator.
class GraphBuilder {
 public:
  std::uint32_t module(std::string path, std::string class_name) {
    graph.modules.push_back({std::move(path), std::move(class_name)});
    return static_cast<std::uint32_t>(graph.modules.size() - 1);
  }
  std::uint32_t call(std::uint32_t module, std::uint32_t parent, std::uint32_t ordinal = 1,
                     bool with_op = true) {
    graph.calls.push_back({module, parent, ordinal});
    const auto index = static_cast<std::uint32_t>(graph.calls.size() - 1);
    if (with_op) {
      aten::Op op;
      op.target = "aten::relu";
      op.call = index;
      graph.ops.push_back(op);
    }
    return index;
  }
  aten::Graph graph;
};

Labels label(const aten::Graph& graph, bool torch_modules = false) {
  LabelOptions options;
  options.torch_modules = torch_modules;
  Result<Labels> labels = label_calls(graph, options);
  EXPECT_TRUE(labels.has_value());
  return labels ? *labels : Labels{};
}

constexpr const char* kLinear = "torch.nn.modules.linear.Linear";
constexpr const char* kList = "torch.nn.modules.container.ModuleList";

TEST(Labels, ClassPathWithIndexAndTorchModulesLeftOut) {
  GraphBuilder b;
  b.module("", "pkg.bert.BertModel");
  const auto encoder = b.module("encoder", "pkg.bert.BertEncoder");
  b.module("encoder.layer", kList);
  const auto layer = b.module("encoder.layer.0", "pkg.bert.BertLayer");
  const auto dense = b.module("encoder.layer.0.dense", kLinear);
  const auto c0 = b.call(0, 0);
  const auto c1 = b.call(encoder, c0);
  const auto c2 = b.call(layer, c1);
  const auto c3 = b.call(dense, c2);

  const Labels labels = label(b.graph);
  EXPECT_EQ(labels.calls[c0].tag, "/BertModel");
  EXPECT_EQ(labels.calls[c2].tag, "/BertModel/BertEncoder/BertLayer.0");
  EXPECT_EQ(labels.calls[c3].tag, "/BertModel/BertEncoder/BertLayer.0");
  EXPECT_EQ(labels.calls[c3].scope, "encoder.layer.0.dense");
  EXPECT_EQ(labels.calls[c0].placement, Placement::root_own);
  EXPECT_EQ(labels.calls[c2].placement, Placement::direct);
  EXPECT_EQ(labels.calls[c3].placement, Placement::parent);
  EXPECT_EQ(labels.calls[c1].name_space, ": pkg.bert.BertModel/encoder: pkg.bert.BertEncoder");
  EXPECT_EQ(node_namespace(labels.calls[c1], "/a/MatMul_1", "aten.matmul"),
            ": pkg.bert.BertModel/encoder: pkg.bert.BertEncoder/.a.MatMul_1: aten.matmul");

  const Labels all = label(b.graph, true);
  EXPECT_EQ(all.calls[c3].tag, "/BertModel/BertEncoder/BertLayer.0/Linear");
  EXPECT_EQ(all.calls[c3].placement, Placement::direct);
}

TEST(Labels, SiblingsOfOneClassTakeTheirInstancePath) {
  GraphBuilder b;
  b.module("", "m.Decoder");
  const auto self = b.module("self_attn", "m.Attention");
  const auto cross = b.module("wrap.cross_attn", "m.Attention");
  const auto idle = b.module("idle_attn", "m.Other");
  const auto other = b.module("other", "m.Other");
  b.call(0, 0);
  b.call(self, 0);
  b.call(cross, 0);
  b.call(idle, 0, 1, false);  // runs, but no operator is left of it
  b.call(other, 0);
  const Labels labels = label(b.graph);
  EXPECT_EQ(labels.calls[1].tag, "/Decoder/self_attn");
  EXPECT_EQ(labels.calls[2].tag, "/Decoder/wrap.cross_attn");
  EXPECT_EQ(labels.calls[4].tag, "/Decoder/Other");
}

TEST(Labels, RepeatedCallsShareTheTagAndDifferInScope) {
  GraphBuilder b;
  b.module("", "m.Albert");
  const auto layer = b.module("layer.0", "m.Layer");
  const auto dense = b.module("layer.0.dense", kLinear);
  b.call(0, 0);
  for (std::uint32_t k = 1; k <= 2; ++k) b.call(dense, b.call(layer, 0, k), k);
  const Labels labels = label(b.graph);
  EXPECT_EQ(labels.calls[1].scope, "layer.0");
  EXPECT_EQ(labels.calls[3].scope, "layer.0@2");
  EXPECT_EQ(labels.calls[4].scope, "layer.0.dense@2");
  EXPECT_EQ(labels.calls[2].tag, labels.calls[4].tag);
  EXPECT_EQ(labels.modules[layer].calls, 2U);
}

TEST(Labels, SharedModuleIsTaggedWhereItRan) {
  GraphBuilder b;
  b.module("", "m.T5");
  const auto shared = b.module("shared", "torch.nn.modules.sparse.Embedding");
  const auto position = b.module("position", "m.Position");
  const auto encoder = b.module("encoder", "m.Stack");
  b.call(0, 0);
  const auto e = b.call(encoder, 0);
  const auto s = b.call(shared, e);
  const auto p = b.call(position, e);
  const Labels labels = label(b.graph);
  EXPECT_EQ(labels.calls[s].tag, "/T5/Stack");
  EXPECT_EQ(labels.calls[s].scope, "shared");
  EXPECT_EQ(labels.calls[p].tag, "/T5/Stack/Position");
  EXPECT_EQ(labels.modules[position].tag, "/T5/Position");
}

TEST(Labels, OperatorsInBlocksCount) {
  GraphBuilder b;
  b.module("", "m.Root");
  b.module("a", "m.Same");
  b.module("b", "m.Same");
  b.call(0, 0);
  b.call(1, 0, 1, false);
  b.call(2, 0);
  aten::Op branch;
  branch.target = "prim::If";
  branch.blocks.resize(1);
  aten::Op inner;
  inner.call = 1;
  branch.blocks[0].ops.push_back(inner);
  b.graph.ops.push_back(branch);
  const Labels labels = label(b.graph);
  EXPECT_EQ(labels.calls[1].tag, "/Root/a");
  EXPECT_EQ(labels.calls[2].tag, "/Root/b");
}

TEST(Labels, ModulesJsonListsEverythingCompactly) {
  GraphBuilder b;
  b.module("", "m.Root");
  b.module("drop\"out", "");
  b.call(0, 0);
  EXPECT_EQ(label(b.graph).modules_json, R"([{"path":"","class":"Root","tag":"/Root","calls":1},)"
                                         R"({"path":"drop\"out","class":null,"tag":"/Root","calls":0}])");
}

TEST(Labels, HostileNestingIsRefused) {
  GraphBuilder b;
  b.module("", "m.Root");
  const auto loop = b.module("x", "m." + std::string(2000, 'L'));
  const auto back = b.module("y", "m." + std::string(2000, 'K'));
  std::uint32_t last = b.call(0, 0);
  for (int i = 0; i < 2000; ++i) last = b.call(i % 2 == 0 ? loop : back, last, 1, false);
  LabelOptions options;
  options.limits.json_bytes = 1 << 20;
  const Result<Labels> labels = label_calls(b.graph, options);
  ASSERT_FALSE(labels.has_value());
  EXPECT_EQ(labels.error().code, ErrorCode::tag_limit);
}

TEST(CommonAncestor, DeepestEnclosingCall) {
  GraphBuilder b;
  b.module("", "m.Root");
  b.call(0, 0);
  const auto a = b.call(0, 0);
  const auto a1 = b.call(0, a);
  const auto a2 = b.call(0, a1);
  const auto c = b.call(0, 0);
  EXPECT_EQ(common_ancestor(b.graph, a2, a), a);
  EXPECT_EQ(common_ancestor(b.graph, a1, a1), a1);
  EXPECT_EQ(common_ancestor(b.graph, a2, c), 0U);
  EXPECT_EQ(common_ancestor(b.graph, 99, c), 0U);
}

}  // namespace
}  // namespace modelexport::hierarchy
