// Seeded defects of earlier exports: each is named by its rule, cured where it can be, and gone afterwards.
#include "migrate/migrate.h"

#include <gtest/gtest.h>

#include "migrate/migration_json.h"
#include "toy.h"

namespace modelexport::migrate {
namespace {

using Model = proto::ModelProto;

Options options_of(const Around& around) {
  Options options;
  options.file = "m.onnx";
  options.around = &around;
  options.version = "1.0.0";
  return options;
}

std::string result_of(const ByteSource& source, const onnx::EditPlan& plan) {
  MemorySink sink;
  EXPECT_TRUE(onnx::execute(plan, source, sink, no_progress()));
  return std::string(as_text(sink.bytes()));
}

/// Migrates, and demands that a second run has nothing to do.
Migration migrated(const Model& model, const Around& around, Model* after = nullptr) {
  const MemorySource source(model.SerializeAsString(), "m.onnx");
  auto plan = plan_migration(source, options_of(around));
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().message);
  if (!plan) return {};
  const MemorySource result(result_of(source, plan->plan), "m.onnx");
  const auto again = plan_migration(result, options_of(around));
  EXPECT_TRUE(again && again->unchanged() && again->steps.empty());
  Model read;
  EXPECT_TRUE(read.ParseFromString(result_of(source, plan->plan)));
  if (after != nullptr) *after = read;
  return std::move(*plan);
}

std::string entry(const proto::NodeProto& node, const std::string& key) {
  for (const auto& item : node.metadata_props())
    if (item.key() == key) return item.value();
  return "(none)";
}

void expect_tags(const Model& model) {
  ASSERT_EQ(model.graph().node_size(), 4);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(entry(model.graph().node(i), "hierarchy_tag"), toy_nodes()[static_cast<std::size_t>(i)].tag)
        << i;
    EXPECT_EQ(model.graph().node(i).attribute_size(), 0);
  }
}

/// The toy with a head: tags and output of `architecture`.
Model classifier(const std::string& architecture) {
  Model model = clean_toy();
  for (auto& node : *model.mutable_graph()->mutable_node()) add_attribute_tag(&node, "/" + architecture);
  model.mutable_graph()->mutable_node(3)->set_output(0, "logits");
  model.mutable_graph()->mutable_output(0)->set_name("logits");
  return model;
}

TEST(Migrate, WithoutConfigurationTheClassIsThatOfTheModuleOrOfTheStamp) {
  const Loader by_root = migrated(classifier("BertForSequenceClassification"), Around()).loader;
  EXPECT_EQ(by_root.ort_class, "ORTModelForSequenceClassification");
  EXPECT_EQ(by_root.task, "text-classification");
  EXPECT_NE(by_root.problem.find("no config.json"), std::string::npos);

  Model stamped = classifier("Toy");
  EXPECT_EQ(migrated(stamped, Around()).loader.ort_class, "ORTModelForCustomTasks");
  add_entry(stamped.mutable_metadata_props(), "hf_task", "token-classification");
  EXPECT_EQ(migrated(stamped, Around()).loader.ort_class, "ORTModelForTokenClassification");
  // What does not fit the outputs is not believed.
  EXPECT_EQ(migrated(classifier("BertForQuestionAnswering"), Around()).loader.ort_class,
            "ORTModelForCustomTasks");
}

TEST(Migrate, AttributesMoveAndScopesComeBeside) {
  Model after;
  const Migration plan = migrated(toy(), Around(), &after);
  EXPECT_EQ(plan.form, hierarchy::Form::attribute);
  EXPECT_EQ(plan.class_name, "Toy");
  EXPECT_GT(plan.errors_before, 0U);
  EXPECT_TRUE(plan.errors_left.empty());
  EXPECT_TRUE(has_step(plan.steps, "ME-LEGACY-001"));
  expect_tags(after);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(entry(after.graph().node(i), "hierarchy_scope"),
              toy_nodes()[static_cast<std::size_t>(i)].scope);
  EXPECT_EQ(after.producer_name(), "pytorch");
  EXPECT_EQ(after.metadata_props_size(), 0);  // nothing says where it is from, so nothing is written
  EXPECT_EQ(plan.repairable, Repairable::needs_source);
}

TEST(Migrate, DocStringsGoOnlyWhereTheySayNothingElse) {
  Model model = clean_toy();
  for (int i = 0; i < 4; ++i)
    model.mutable_graph()->mutable_node(i)->set_doc_string(
        doc_of(toy_nodes()[static_cast<std::size_t>(i)].tag));
  model.mutable_graph()->mutable_node(1)->set_doc_string(
      R"({"hierarchy_tags": ["/Toy/ToyEnc/ToyLayer.0"], "note": "keep me"})");
  model.mutable_graph()->mutable_node(2)->set_doc_string(
      R"({"hierarchy_tags": ["/Toy/ToyEnc/ToyLayer.0/", "/Toy/Other"]})");
  Model after;
  const Migration plan = migrated(model, Around(), &after);
  EXPECT_EQ(plan.form, hierarchy::Form::doc_string);
  expect_tags(after);
  EXPECT_TRUE(after.graph().node(0).doc_string().empty());
  EXPECT_FALSE(after.graph().node(1).doc_string().empty());
  EXPECT_FALSE(after.graph().node(2).doc_string().empty());
}

TEST(Migrate, SidecarByNameByOutputAndByNeighbours) {
  Around around;
  around.add("m_htp_metadata.json", toy_sidecar());
  for (const bool named : {true, false}) {
    Model model = clean_toy();
    for (int i = 0; i < 4 && !named; ++i) model.mutable_graph()->mutable_node(i)->clear_name();
    Model after;
    const Migration plan = migrated(model, around, &after);
    EXPECT_EQ(plan.form, hierarchy::Form::sidecar);
    // The last node writes the graph's output, which has a name of its own.
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(entry(after.graph().node(i), "hierarchy_tag"), toy_nodes()[static_cast<std::size_t>(i)].tag);
    EXPECT_EQ(entry(after.graph().node(3), "hierarchy_tag"), named ? "/Toy" : "/Toy/ToyEnc/ToyLayer.0");
    ASSERT_EQ(after.graph().metadata_props_size(), 1);
    EXPECT_EQ(after.graph().metadata_props(0).key(), "hierarchy_modules");
  }
}

TEST(Migrate, ASidecarOfAnotherModelIsNotUsed) {
  Around around;
  around.add("m_htp_metadata.json",
             R"({"nodes":{"/a/Add":"/X","/b/Add":"/X","/c/Add":"/X","/d/Add":"/X/Y"}})");
  Model after;
  const Migration plan = migrated(clean_toy(), around, &after);
  EXPECT_TRUE(has_note(plan.notes, "ME-LEGACY-019"));
  EXPECT_EQ(plan.tagged, 0U);
  EXPECT_TRUE(plan.unchanged());
}

TEST(Migrate, ContradictionsAreSaidAndTheModelsOwnTagsStay) {
  std::string sidecar = toy_sidecar();
  sidecar.replace(sidecar.rfind("\"/Toy\""), 6, "\"/Toy/ToyEmb\"");
  Around around;
  around.add("m_htp_metadata.json", sidecar);
  Model model = toy();
  add_entry(model.mutable_graph()->mutable_node(0)->mutable_metadata_props(), "hierarchy_tag", "/Toy/Mine");
  Model after;
  const Migration plan = migrated(model, around, &after);
  EXPECT_TRUE(has_note(plan.notes, "ME-LEGACY-006"));
  EXPECT_TRUE(has_note(plan.notes, "ME-LEGACY-017"));
  EXPECT_EQ(entry(after.graph().node(0), "hierarchy_tag"), "/Toy/Mine");
  EXPECT_EQ(entry(after.graph().node(3), "hierarchy_tag"), "/Toy");
}

TEST(Migrate, NamesAloneMakeNoTags) {
  const Migration plan = migrated(clean_toy(), Around());
  EXPECT_EQ(plan.form, hierarchy::Form::node_names);
  EXPECT_TRUE(plan.unchanged());
  EXPECT_EQ(plan.repairable, Repairable::no);
  EXPECT_TRUE(has_note(plan.notes, "ME-LEGACY-014"));
}

TEST(Migrate, RulesOfAPlanDecide) {
  const MemorySource source(toy().SerializeAsString(), "m.onnx");
  const Around around;
  Options options = options_of(around);
  options.rules = {"ME-LEGACY-001"};
  const auto plan = plan_migration(source, options);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->steps.size(), 1U);
  options.rules = {"ME-STAMP-001"};
  const auto nothing = plan_migration(source, options);
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->unchanged());
  EXPECT_FALSE(nothing->errors_left.empty());
}

TEST(Migrate, TruncatedFilesAreErrorsNotCrashes) {
  const std::string good = toy().SerializeAsString();
  const Around around;
  for (std::size_t size = 0; size < good.size(); size += 7) {
    const MemorySource source(good.substr(0, size), "m.onnx");
    const auto plan = plan_migration(source, options_of(around));
    if (!plan) continue;
    EXPECT_LE(plan->errors_left.size(), plan->errors_before);
  }
}

TEST(Migrate, FlippedBytesNeverChangeWhatMigrationMayNot) {
  const std::string good = toy().SerializeAsString();
  Around around;
  around.add("m_htp_metadata.json", toy_sidecar());
  for (std::size_t i = 0; i < good.size(); i += 3) {
    std::string bytes = good;
    bytes[i] = static_cast<char>(bytes[i] ^ 16);
    const MemorySource source(bytes, "m.onnx");
    const auto plan = plan_migration(source, options_of(around));
    EXPECT_TRUE(plan || plan.error().code != ErrorCode::migrate_changed) << i;
  }
}

// --- Seeded defects

struct Seed {
  const char* name;
  const char* rule;
  void (*plant)(Model&, Around&);
  bool step = true;    ///< cured by a step; else said in a note
  bool stays = false;  ///< the note is there afterwards, too
};

proto::NodeProto* node(Model& m, int i) { return m.mutable_graph()->mutable_node(i); }
void stamp(Model& m, const std::string& key, const std::string& value) {
  add_entry(m.mutable_metadata_props(), key, value);
}

const Seed kSeeds[] = {
    {"AttributeOnOneNode", "ME-LEGACY-001",
     [](Model& m, Around&) { m = clean_toy(), add_attribute_tag(node(m, 2), "/Toy"); }},
    {"AttributeEmpty", "ME-LEGACY-001",
     [](Model& m, Around&) { node(m, 0)->mutable_attribute(0)->set_s(""); }},
    {"AttributeNumber", "ME-LEGACY-017",
     [](Model& m, Around&) {
       node(m, 0)->mutable_attribute(0)->clear_s();
       node(m, 0)->mutable_attribute(0)->set_type(proto::AttributeProto::INT);
       node(m, 0)->mutable_attribute(0)->set_i(1);
     },
     false},
    {"AttributeFirst", "ME-LEGACY-001",
     [](Model& m, Around&) {
       proto::AttributeProto* axis = node(m, 0)->add_attribute();
       axis->set_name("axis");
       axis->set_type(proto::AttributeProto::INT);
       axis->set_i(0);
     }},
    {"AttributeUnderscores", "ME-LEGACY-001",
     [](Model& m, Around&) { node(m, 0)->mutable_attribute(0)->set_name("__hierarchy_tag"); }},
    {"TagWithSlashes", "ME-TAG-010",
     [](Model& m, Around&) {
       m = clean_toy(), add_entry(node(m, 0)->mutable_metadata_props(), "hierarchy_tag", "/Toy//ToyEmb/");
     }},
    {"DocString", "ME-LEGACY-002",
     [](Model& m, Around&) { m = clean_toy(), node(m, 0)->set_doc_string(doc_of("/Toy/ToyEmb")); }},
    {"DocStringTrailingSlash", "ME-LEGACY-002",
     [](Model& m, Around&) { m = clean_toy(), node(m, 0)->set_doc_string(doc_of("/Toy/ToyEmb/")); }},
    {"Winml", "ME-LEGACY-003",
     [](Model& m, Around&) {
       m = clean_toy(), add_entry(node(m, 0)->mutable_metadata_props(), "winml.hierarchy.tag", "/Toy/ToyEmb");
     }},
    {"Dynamo", "ME-LEGACY-003",
     [](Model& m, Around&) {
       m = clean_toy(),
       add_entry(node(m, 0)->mutable_metadata_props(), "namespace", ": p.Toy/emb: p.ToyEmb/gather: aten");
     }},
    {"SidecarOnly", "ME-LEGACY-005",
     [](Model& m, Around& a) { m = clean_toy(), a.add("m_htp_metadata.json", toy_sidecar()); }},
    {"SidecarRenamed", "ME-LEGACY-005",
     [](Model& m, Around& a) { m = clean_toy(), a.add("was_htp_metadata.json", toy_sidecar()); }},
    {"IntegratedSidecar", "ME-LEGACY-005",
     [](Model& m, Around& a) {
       m = clean_toy();
       a.add(
           "m_htp_integrated_metadata.json",
           R"({"export_data":{"tagged_nodes":{"/emb/Gather":"/Toy/ToyEmb","/enc/layer.0/MatMul":"/Toy/L"}}})");
     }},
    {"OldHierarchyFile", "ME-LEGACY-005",
     [](Model& m, Around& a) {
       m = clean_toy();
       a.add(
           "m_hierarchy.json",
           R"({"version":"1.0","node_tags":{"/emb/Gather":{"primary_path":"/Toy/ToyEmb/"},"/Relu":{"tags":["/Toy/"]}}})");
     }},
    {"SidecarDamaged", "ME-LEGACY-019",
     [](Model&, Around& a) { a.add("m_htp_metadata.json", "{\"nodes\":"); }, false, true},
    {"SidecarDiffers", "ME-LEGACY-006",
     [](Model&, Around& a) {
       std::string text = toy_sidecar();
       text.replace(text.rfind("\"/Toy\""), 6, "\"/Toy/X\"");
       a.add("m_htp_metadata.json", text);
     },
     false, true},
    {"MachinePath", "ME-LEGACY-013",
     [](Model&, Around& a) {
       a.add(
           "m_htp_metadata.json",
           R"({"model":{"name_or_path":"/home/me/toy"},"nodes":{"/Relu":"/Toy","/emb/Gather":"/Toy/ToyEmb"}})");
     },
     false, true},
    {"SharedTag", "ME-LEGACY-007",
     [](Model&, Around& a) {
       a.add(
           "m_htp_metadata.json",
           R"({"modules":{"":{"traced_tag":"/Toy"},"emb":{"traced_tag":"/Toy/ToyEmb"},"dec":{"traced_tag":"/Toy/ToyEmb"}},"nodes":{"/Relu":"/Toy","/emb/Gather":"/Toy/ToyEmb"}})");
     },
     false, true},
    {"RootFallback", "ME-LEGACY-012",
     [](Model& m, Around& a) {
       node(m, 1)->mutable_attribute(0)->set_s("/Toy");
       a.add("m_htp_export_report.md",
             "| 0 | Toy | 1/1 | /Toy | [ROOT] |\n| 1 | ToyEmb | 1/1 | /Toy/ToyEmb | emb |\n");
     },
     false, true},
    {"NoScopes", "ME-LEGACY-015",
     [](Model& m, Around&) {
       m = clean_toy(), add_entry(node(m, 0)->mutable_metadata_props(), "hierarchy_tag", "/Toy/ToyEmb");
     }},
    {"MetadataTwice", "ME-META-010", [](Model& m, Around&) { stamp(m, "note", "a"), stamp(m, "note", "b"); }},
    {"NodeMetadataTwice", "ME-META-011",
     [](Model& m, Around&) {
       for (const char* value : {"a", "b"}) add_entry(node(m, 1)->mutable_metadata_props(), "k", value);
     }},
    {"MetadataWithoutKey", "ME-META-012", [](Model& m, Around&) { stamp(m, "", "x"); }},
    {"StampKeyTwice", "ME-META-010",
     [](Model& m, Around&) {
       stamp(m, "hf_hub_id", "a/b"), stamp(m, "hf_hub_id", "c/d"),
           stamp(m, "hf_hub_revision", std::string(40, 'a'));
     }},
    {"ShortRevision", "ME-STAMP-004",
     [](Model& m, Around&) {
       stamp(m, "hf_hub_id", "a/b"), stamp(m, "hf_hub_revision", "01234567"),
           stamp(m, "hf_model_type", "hub");
     }},
    {"EmptyRevision", "ME-STAMP-004",
     [](Model& m, Around&) {
       stamp(m, "hf_hub_id", "a/b"), stamp(m, "hf_hub_revision", ""), stamp(m, "hf_model_type", "hub");
     }},
    {"BranchRevision", "ME-STAMP-004",
     [](Model& m, Around&) {
       stamp(m, "hf_hub_id", "a/b"), stamp(m, "hf_hub_revision", "main"), stamp(m, "hf_model_type", "hub");
     }},
    {"NoModelType", "ME-STAMP-002",
     [](Model& m, Around&) {
       stamp(m, "hf_hub_id", "a/b"), stamp(m, "hf_hub_revision", std::string(40, 'a'));
     }},
    {"NoTypeLocal", "ME-STAMP-002", [](Model& m, Around&) { stamp(m, "hf_original_path", "./dir"); }},
    {"UnverifiedId", "ME-STAMP-002",
     [](Model& m, Around&) { stamp(m, "hf_hub_id", "model"), stamp(m, "hf_hub_revision", ""); }, false, true},
    {"UnknownType", "ME-STAMP-003", [](Model& m, Around&) { stamp(m, "hf_model_type", "remote"); }, false,
     true},
    {"LocalWithHubId", "ME-STAMP-002",
     [](Model& m, Around&) { stamp(m, "hf_model_type", "local"), stamp(m, "hf_hub_id", "a/b"); }, false,
     true},
    {"Unstamped", "ME-STAMP-001",
     [](Model&, Around& a) { a.add("config.json", R"({"model_type":"bert"})"); }},
    {"UnstampedAlone", "ME-STAMP-001", [](Model&, Around&) {}, false},
    {"PipelineTagOfTheHead", "ME-LEGACY-008",
     [](Model& m, Around&) {
       stamp(m, "hf_hub_id", "a/b"), stamp(m, "hf_hub_revision", std::string(40, 'a')),
           stamp(m, "hf_model_type", "hub");
       stamp(m, "hf_pipeline_tag", "text-classification");
     }},
    {"RenamedDataFile", "ME-EXT-010",
     [](Model& m, Around& a) {
       proto::TensorProto* tensor = m.mutable_graph()->mutable_initializer(0);
       tensor->clear_raw_data();
       tensor->set_data_location(proto::TensorProto::EXTERNAL);
       add_entry(tensor->mutable_external_data(), "location", "old.onnx_data");
       a.add("m.onnx_data", std::string(80, '\0'));
     }},
    {"Headless", "ME-LEGACY-008",
     [](Model&, Around& a) {
       a.add("config.json", R"({"model_type":"bert","architectures":["BertForMaskedLM"]})");
     },
     false, true},
    {"StaticSizes", "ME-LEGACY-004", [](Model&, Around&) {}, false, true},
    {"PermutedInputs", "ME-LEGACY-009",
     [](Model& m, Around&) {
       m.mutable_graph()->mutable_input(0)->set_name("pixel_values"),
           node(m, 0)->set_input(1, "pixel_values");
     },
     false, true},
    {"MadeUpOutput", "ME-LEGACY-010",
     [](Model& m, Around&) {
       m.mutable_graph()->mutable_output(0)->set_name("onnx::Relu_7");
       node(m, 3)->set_output(0, "onnx::Relu_7");
     },
     false, true},
    {"BodyWithoutTags", "ME-LEGACY-020",
     [](Model& m, Around&) {
       proto::AttributeProto* body = node(m, 1)->add_attribute();
       body->set_name("body");
       body->set_type(proto::AttributeProto::GRAPH);
       proto::NodeProto* inner = body->mutable_g()->add_node();
       inner->set_op_type("Relu");
       inner->add_input("a");
       inner->add_output("b");
     }},
    {"BodyWithAttribute", "ME-LEGACY-001",
     [](Model& m, Around&) {
       m = clean_toy();
       proto::AttributeProto* body = node(m, 1)->add_attribute();
       body->set_name("body");
       body->set_type(proto::AttributeProto::GRAPH);
       proto::NodeProto* inner = body->mutable_g()->add_node();
       inner->set_op_type("Relu");
       add_attribute_tag(inner, "/Toy/Inner");
     }},
    {"FunctionWithAttribute", "ME-LEGACY-001",
     [](Model& m, Around&) {
       m = clean_toy();
       proto::FunctionProto* function = m.add_functions();
       function->set_name("F");
       function->set_domain("f");
       function->add_opset_import()->set_version(17);
       proto::NodeProto* inner = function->add_node();
       inner->set_op_type("Relu");
       add_attribute_tag(inner, "/Toy/Inner");
     }},
    {"TwoTags", "ME-LEGACY-017", [](Model& m, Around&) { node(m, 0)->set_doc_string(doc_of("/Toy/Other")); },
     false, true},
    {"Unmatched", "ME-LEGACY-018",
     [](Model& m, Around& a) {
       m = clean_toy();
       a.add("m_htp_metadata.json", toy_sidecar());
       proto::NodeProto* lonely = m.mutable_graph()->add_node();
       lonely->set_op_type("Constant");
       lonely->add_output("unused");
     },
     false, true},
};

class SeededDefect : public testing::TestWithParam<Seed> {};

TEST_P(SeededDefect, IsNamedAndCuredOnce) {
  const Seed& seed = GetParam();
  Model model = toy();
  Around around;
  seed.plant(model, around);
  Model after;
  const Migration plan = migrated(model, around, &after);
  EXPECT_EQ(has_step(plan.steps, seed.rule), seed.step) << json::dump(migration_json(plan, "m.onnx", ""), 1);
  EXPECT_TRUE(seed.step || has_note(plan.notes, seed.rule))
      << json::dump(migration_json(plan, "m.onnx", ""), 1);
  const MemorySource result(after.SerializeAsString(), "m.onnx");
  const auto again = plan_migration(result, options_of(around));
  ASSERT_TRUE(again);
  EXPECT_TRUE(!seed.stays || has_note(again->notes, seed.rule));
  for (const check::Finding& finding : again->errors_left) EXPECT_NE(finding.rule->id, seed.rule);
}
INSTANTIATE_TEST_SUITE_P(Legacy, SeededDefect, testing::ValuesIn(kSeeds),
                         [](const auto& seed) { return std::string(seed.param.name); });

}  // namespace
}  // namespace modelexport::migrate
