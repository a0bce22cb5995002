// Edits of components: for transformers 4, for transformers.js, and the card.
#include <gtest/gtest.h>

#include "package/card.h"
#include "package/version_edits.h"
#include "package/web_edits.h"
#include "tests/core/components/memory_tree.h"

namespace modelexport::package {
namespace {

using components::MemoryTree;

struct Edited {
  components::ComponentPlan plan;
  ComponentSet set;
  explicit Edited(const MemoryTree& tree) : plan(*components::plan_components(tree, {})), set(plan, tree) {}
  std::string text(std::string_view path) { return *set.text(path); }
  std::size_t edits(std::string_view path) { return set.files().find(path)->second.planned.edits.size(); }
};

MemoryTree with_config() {
  MemoryTree tree;
  tree.add("config.json", components::bert_config());
  return tree;
}

Status web(Edited& edited) {
  Diagnostics warnings;
  return edit_for_web(edited.set, edited.plan.facts, {}, warnings);
}

TEST(WebEdits, TemplatesAndRolesGoIntoTheTokenizersConfiguration) {
  MemoryTree tree = with_config();
  tree.add("tokenizer.json", "{}").add("tokenizer_config.json", "{\n  \"a\": 1\n}\n");
  tree.add("special_tokens_map.json", R"({"pad_token": {"content": "<p>"}, "mask_token": "<m>"})");
  tree.add("chat_template.jinja", "{{ x }}\n").add("additional_chat_templates/rag.jinja", "r");
  Edited edited(tree);
  ASSERT_TRUE(web(edited));
  EXPECT_EQ(edited.text("tokenizer_config.json"),
            "{\n  \"a\": 1,\n  \"pad_token\": {\"content\": \"<p>\"},\n  \"mask_token\": \"<m>\",\n"
            "  \"chat_template\": [{\"name\":\"default\",\"template\":\"{{ x }}\\n\"},"
            "{\"name\":\"rag\",\"template\":\"r\"}]\n}\n");
  EXPECT_EQ(edited.edits("tokenizer_config.json"), 3U);
}

TEST(WebEdits, AMissingTokenizerConfigurationHasTheRolesThatNamesTell) {
  MemoryTree tree = with_config();
  tree.add("tokenizer.json", R"({"added_tokens": [{"content": "<mask>"}, {"content": "<x>"}]})");
  Edited edited(tree);
  ASSERT_TRUE(web(edited));
  EXPECT_EQ(edited.text("tokenizer_config.json"), "{\n  \"mask_token\": \"<mask>\"\n}\n");
}

TEST(WebEdits, ATokenizerThatOnlyPythonConvertsIsRefused) {
  MemoryTree tree = with_config();
  tree.add("vocab.txt", "a");
  Edited edited(tree);
  const auto status = web(edited);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::pack_target);
}

TEST(WebEdits, PythonsNumbersBecomeJson) {
  MemoryTree tree;
  tree.add("config.json", R"({"model_type": "bert", "a": -Infinity, "b": NaN, "c": "NaN \" Infinity"})");
  Edited edited(tree);
  ASSERT_TRUE(make_strict_json(edited.set));
  EXPECT_EQ(edited.text("config.json"),
            R"({"model_type": "bert", "a": -1e999, "b": null, "c": "NaN \" Infinity"})");
}

TEST(WebEdits, ANestedProcessorBecomesThePreprocessor) {
  MemoryTree tree = with_config();
  tree.add(
      "processor_config.json",
      R"({"processor_class": "P", "image_processor": {"image_processor_type": "CLIPImageProcessorPil"}})");
  Edited edited(tree);
  ASSERT_TRUE(add_preprocessor(edited.set, {}));
  EXPECT_EQ(edited.text("preprocessor_config.json"),
            "{\n  \"image_processor_type\": \"CLIPImageProcessor\",\n  \"processor_class\": \"P\"\n}\n");
}

TEST(WebEdits, StaleWebConfigurationIsReplaced) {
  MemoryTree tree;
  tree.add("config.json",
           R"({"model_type": "bert", "transformers.js_config": {"dtype": "q4", "device": "wasm"}})");
  Edited edited(tree);
  ASSERT_TRUE(set_web_config(edited.set, {{"dtype", "fp32"}}, {}));
  EXPECT_EQ(edited.text("config.json"),
            R"({"model_type": "bert", "transformers.js_config": {"device":"wasm","dtype":"fp32"}})");
}

TEST(VersionEdits, WhatTransformers4RefusesIsRewritten) {
  MemoryTree tree = with_config();
  tree.add("tokenizer_config.json",
           R"({"tokenizer_class": "TokenizersBackend", "extra_special_tokens": ["<x>"], "n": 1e3})");
  tree.add("preprocessor_config.json", R"({"image_processor_type": "ViTImageProcessorPil"})");
  Edited edited(tree);
  ASSERT_TRUE(edit_for_versions(edited.set, {}));
  EXPECT_EQ(
      edited.text("tokenizer_config.json"),
      R"({"tokenizer_class": "PreTrainedTokenizerFast", "additional_special_tokens": ["<x>"], "n": 1e3})");
  EXPECT_EQ(edited.text("preprocessor_config.json"), R"({"image_processor_type": "ViTImageProcessor"})");
}

TEST(VersionEdits, WhatItReadsIsLeftAlone) {
  MemoryTree tree = with_config();
  tree.add("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "extra_special_tokens": {}})");
  Edited edited(tree);
  ASSERT_TRUE(edit_for_versions(edited.set, {}));
  EXPECT_EQ(edited.edits("tokenizer_config.json"), 0U);
}

TEST(Card, FrontMatterWithoutPathsOfTheMachine) {
  CardFacts facts;
  facts.title = "tiny";
  facts.source_card =
      "---\nlicense: mit\nbase_model: /home/alice/x\ndatasets:\n- squad\n- /data/own\nlanguage: "
      "en\n---\nbody";
  facts.library_name = "optimum";
  facts.pipeline_tag = "fill-mask";
  const Card card = make_card(facts);
  EXPECT_EQ(
      card.text,
      "---\nlicense: mit\ndatasets:\n- squad\nlanguage: en\nlibrary_name: optimum\npipeline_tag: fill-mask\n"
      "---\n\n# tiny\n\n");
  EXPECT_EQ(card.edits.size(), 2U);
}

TEST(Card, AHubSourceIsTheBaseModel) {
  CardFacts facts;
  facts.title = "x";
  facts.source.kind = "hub";
  facts.base_model = "org/name";
  facts.license = "a: b";
  EXPECT_EQ(make_card(facts).text, "---\nlicense: 'a: b'\nbase_model: org/name\n---\n\n# x\n\n");
}

}  // namespace
}  // namespace modelexport::package
