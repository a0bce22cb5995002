#include "pt2/module_stack.h"

#include <gtest/gtest.h>

namespace modelexport::pt2 {
namespace {

TEST(ModulePath, AllForms) {
  EXPECT_EQ(module_path("bert.encoder.layer.0"), "bert.encoder.layer.0");
  EXPECT_EQ(module_path(""), "");
  EXPECT_EQ(module_path("L['self']"), "");
  EXPECT_EQ(module_path("L['s'].conv"), "conv");
  EXPECT_EQ(module_path("getattr(L['s'].conv, '0')"), "conv.0");
  EXPECT_EQ(module_path("getattr(getattr(L['self'].encoder.layer, '11').sub, '2').q"),
            "encoder.layer.11.sub.2.q");
  EXPECT_EQ(module_path("L['self']._modules['layers']._modules['3']"), "layers.3");
  EXPECT_EQ(module_path("dropout@2"), "dropout");
}

const std::string kRoot = "L__self__,,m.Net";

struct Table {
  Limits limits;
  CallTable calls{limits};
  std::uint32_t call(const std::string& stack) { return calls.call_of(stack).value(); }
  aten::Graph finish() {
    aten::Graph graph;
    std::move(calls).finish(graph);
    return graph;
  }
};

TEST(Calls, NestAndRepeat) {
  Table t;
  const std::string block = kRoot + ";L__self__b,b,m.Block";
  const std::string again = kRoot + ";L__self__b@1,b,m.Block";
  const auto first = t.call(block + ";L__self__b.act,b.act,torch.nn.ReLU");
  const auto second = t.call(again + ";L__self__b.act@1,b.act,torch.nn.ReLU");
  EXPECT_NE(first, second);
  EXPECT_EQ(t.call(block + ";L__self__b.act,b.act,torch.nn.ReLU"), first);
  EXPECT_EQ(t.call(kRoot), 0u);
  EXPECT_EQ(t.call(""), 0u);
  EXPECT_EQ(t.call("_empty_nn_module_stack_from_metadata_hook,_empty_nn_module_stack_from_metadata_hook,x"),
            0u);
  const aten::Graph graph = t.finish();
  ASSERT_EQ(graph.modules.size(), 3u);
  EXPECT_EQ(graph.modules[0].class_name, "m.Net");
  EXPECT_EQ(graph.modules[2].path, "b.act");
  EXPECT_EQ(graph.modules[2].class_name, "torch.nn.ReLU");
  ASSERT_EQ(graph.calls.size(), 5u);
  EXPECT_EQ(graph.calls[first].ordinal, 1u);
  EXPECT_EQ(graph.calls[second].ordinal, 2u);
  EXPECT_EQ(graph.calls[graph.calls[second].parent].ordinal, 2u);
}

TEST(Calls, KeysWithoutOrdinalsStillDiffer) {
  Table t;
  const auto a = t.call(kRoot + ";k1,a,m.A;shared,s,m.S");
  const auto b = t.call(kRoot + ";k2,b,m.B;shared,s,m.S");
  const aten::Graph graph = t.finish();
  EXPECT_EQ(graph.calls[a].ordinal, 1u);
  EXPECT_EQ(graph.calls[b].ordinal, 2u);
}

TEST(Calls, CommasInBrackets) {
  Table t;
  const auto call = t.call("L__self__,,m.Net;k,getattr(L['self'].layer, '0'),m.Layer");
  const aten::Graph graph = t.finish();
  EXPECT_EQ(graph.modules[graph.calls[call].module].path, "layer.0");
  EXPECT_EQ(graph.modules[graph.calls[call].module].class_name, "m.Layer");
}

TEST(Modules, PreOrderWithParents) {
  Table t;
  for (const char* fqn : {"b", "a", "b.x.0", "a.y", "b.x.1@1"}) ASSERT_TRUE(t.calls.add_module(fqn));
  const aten::Graph graph = t.finish();
  std::string order;
  for (const aten::Module& m : graph.modules) order += m.path + " ";
  EXPECT_EQ(order, " b b.x b.x.0 b.x.1 a a.y ");
}

TEST(Hostile, LimitsHold) {
  Limits limits;
  limits.depth = 5;
  CallTable table(limits);
  EXPECT_FALSE(table.add_module("a.b.c.d.e.f.g"));
  EXPECT_FALSE(table.call_of("a;b;c;d;e;f"));
  limits.nodes = 2;
  EXPECT_FALSE(table.call_of("r,,R;k1,a,A;k2,b,B;k3,c,C"));
}

}  // namespace
}  // namespace modelexport::pt2
