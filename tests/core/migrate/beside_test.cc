// Sidecars in every documented form, and the report.
#include "migrate/beside.h"

#include <gtest/gtest.h>

#include "toy.h"

namespace modelexport::migrate {
namespace {

TEST(Beside, TheSidecarOfTheModelsName) {
  Around around;
  around.add("m_htp_metadata.json", toy_sidecar())
      .add("other_htp_metadata.json", "{}")
      .add("config.json", "{}");
  const Beside beside = look_beside(around, "m.onnx", {});
  EXPECT_EQ(beside.sidecar_name, "m_htp_metadata.json");
  EXPECT_EQ(beside.nodes.size(), 4U);
  EXPECT_EQ(beside.modules.size(), 4U);
  EXPECT_EQ(beside.model_name, "toy-org/toy");
  EXPECT_EQ(beside.config, "{}");
  EXPECT_FALSE(beside.unfinished);
}

TEST(Beside, ARenamedModelFindsTheOnlySidecarThatNobodyElseClaims) {
  Around around;
  around.add("old_htp_metadata.json", toy_sidecar());
  EXPECT_EQ(look_beside(around, "new.onnx", {}).sidecar_name, "old_htp_metadata.json");
  around.add("old.onnx", "");
  EXPECT_EQ(look_beside(around, "new.onnx", {}).sidecar_name, "");
}

TEST(Beside, OlderForms) {
  Beside flat;
  read_sidecar_facts(R"({"modules":{"":{"class_name":"T","traced_tag":"/T"},"a.0":{"traced_tag":"/T/A.0/"}},
      "tagged_nodes":{"n":{"hierarchy_tag":"/T/A.0"}},"model":{"class":"T"},
      "report":{"node_tagging":{"statistics":{"direct_matches":5,"parent_matches":2,"root_fallbacks":1}}}})",
                     {}, flat);
  ASSERT_EQ(flat.modules.size(), 2U);
  EXPECT_EQ(flat.modules[1].tag, "/T/A.0");
  EXPECT_EQ(flat.modules[1].class_name, "A");
  EXPECT_EQ(flat.class_name, "T");
  ASSERT_TRUE(flat.claimed);
  EXPECT_EQ(flat.claimed->direct, 5U);
  Beside builtin;
  read_sidecar_facts(R"({"format":"modelexport_hierarchy_htp_builtin","model_path":"/home/me/x",
      "node_tags":{"n":{"tags":["/T/A/"],"outputs":["v"]}}})",
                     {}, builtin);
  EXPECT_EQ(builtin.outputs.at("v"), "/T/A");
  EXPECT_EQ(builtin.model_name, "/home/me/x");
}

TEST(Beside, AFailedExportAndADamagedFileSaySo) {
  Beside failed;
  read_sidecar_facts(R"({"export_context":{"exporter":"HTPExporter"},"error":"Error during export: -1"})", {},
                     failed);
  EXPECT_TRUE(failed.unfinished);
  Beside damaged;
  read_sidecar_facts("{\"nodes\": ", {}, damaged);
  EXPECT_EQ(damaged.problems.size(), 1U);
}

TEST(Beside, TheReportKnowsAllModules) {
  Around around;
  around.add("m_htp_metadata.json",
             R"({"nodes":{"/h/Add":"/G/B.0"},"modules":{"traced_tag":"/G","scope":""}})");
  around.add("m_htp_export_report.md",
             "| Execution Order | Class Name | Nodes | Tag | Scope |\n| :-- | :-- | :-- | :-- | :-- |\n"
             "| 0 | G | 1/2 | /G | [ROOT] |\n| 1 | B | 1/1 | /G/B.0 | h.0 |\n\n/h/Add -> /G/Other\n");
  const Beside beside = look_beside(around, "m.onnx", {});
  ASSERT_EQ(beside.modules.size(), 2U);
  EXPECT_EQ(beside.modules[0].scope, "");
  EXPECT_EQ(beside.modules[1].scope, "h.0");
  EXPECT_EQ(beside.modules_from, "m_htp_export_report.md");
  EXPECT_EQ(beside.nodes.at("/h/Add"), "/G/B.0");  // the sidecar's nodes are complete
}

TEST(Beside, AReportAloneWillDo) {
  Around around;
  around.add("m_htp_export_report.md", "```\n\n/a/Add -> /T/A\r\n\n/b -> c -> /T/B\n```\n");
  const Beside beside = look_beside(around, "m.onnx", {});
  EXPECT_EQ(beside.sidecar_name, "m_htp_export_report.md");
  EXPECT_EQ(beside.nodes.at("/a/Add"), "/T/A");
  EXPECT_EQ(beside.nodes.at("/b -> c"), "/T/B");
}

}  // namespace
}  // namespace modelexport::migrate
