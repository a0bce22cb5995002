#include "hierarchy/silent_modules.h"

#include <gtest/gtest.h>

namespace modelexport::hierarchy {
namespace {

aten::Graph opt() {
  aten::Graph graph;
  graph.modules = {{"", "m.OPTForCausalLM"},
                   {"model", ""},
                   {"model.decoder", "m.OPTDecoder"},
                   {"model.decoder.layers", ""}};
  return graph;
}

TEST(SilentModules, TableKnowsPlacesInTransformers) {
  aten::Graph graph = opt();
  name_silent_modules(graph, {});
  EXPECT_EQ(graph.modules[1].class_name, "OPTModel");
  EXPECT_EQ(graph.modules[3].class_name, "") << "a container that nobody names";
}

TEST(SilentModules, IndicesAreStars) {
  aten::Graph graph;
  graph.modules = {{"", "m.SqueezeBertModel"},
                   {"encoder", "m.SqueezeBertEncoder"},
                   {"encoder.layers", ""},
                   {"encoder.layers.11", ""},
                   {"pooler", ""}};
  name_silent_modules(graph, {});
  EXPECT_EQ(graph.modules[2].class_name, "");
  EXPECT_EQ(graph.modules[3].class_name, "SqueezeBertModule");
  EXPECT_EQ(graph.modules[4].class_name, "") << "not below the encoder";
}

TEST(SilentModules, TheRecordCountsMoreThanTheTable) {
  aten::Graph graph = opt();
  graph.record =
      R"({"silent_modules": {"model": "mine.Trunk", "model.decoder.layers": 3, "elsewhere": "X"}})";
  name_silent_modules(graph, {});
  EXPECT_EQ(graph.modules[1].class_name, "mine.Trunk");
  EXPECT_EQ(graph.modules[2].class_name, "m.OPTDecoder");
  EXPECT_EQ(graph.modules[3].class_name, "");
}

TEST(SilentModules, ABrokenRecordNamesNothing) {
  for (const char* record : {"", "{", "[]", R"({"silent_modules": []})", R"({"silent_modules": "x"})"}) {
    aten::Graph graph;
    graph.modules = {{"", "Net"}, {"a", ""}};
    graph.record = record;
    name_silent_modules(graph, {});
    EXPECT_EQ(graph.modules[1].class_name, "") << record;
  }
}

}  // namespace
}  // namespace modelexport::hierarchy
