#include <gtest/gtest.h>

#include "memory_tree.h"

namespace modelexport::components {
namespace {

ComponentPlan plan(const MemoryTree& tree, const PlanOptions& options = {}) {
  Result<ComponentPlan> made = plan_components(tree, options);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return made ? *made : ComponentPlan{};
}

ErrorCode error_of(const MemoryTree& tree) {
  const Result<ComponentPlan> made = plan_components(tree, {});
  EXPECT_FALSE(made.has_value());
  return made ? ErrorCode::internal : made.error().code;
}

std::vector<std::string> paths(const ComponentPlan& plan) {
  std::vector<std::string> out;
  for (const PlannedFile& file : plan.files) out.push_back(file.path);
  return out;
}

std::string reason_for(const ComponentPlan& plan, const std::string& path) {
  for (const LeftOut& left : plan.left_out) {
    if (left.path == path) return left.reason;
  }
  return {};
}

using Names = std::vector<std::string>;

TEST(ComponentPlan, TakesComponentsAndNothingElse) {
  MemoryTree tree;
  tree.add("config.json", bert_config()).add("tokenizer.json", "{}").add("tokenizer_config.json", "{}");
  tree.add("vocab.txt", "a\n")
      .add("special_tokens_map.json", "{}")
      .add("LICENSE.txt", "MIT")
      .add("README.md", "x");
  tree.add_large("model.safetensors", 1ULL << 40).add_large("pytorch_model.bin", 1 << 30);
  tree.add_large("optimizer.pt", 1 << 20)
      .add(".env", "SECRET=1")
      .add(".git/config", "x")
      .add(".git/HEAD", "x");
  tree.add_large("checkpoint-5/model.safetensors", 10).add("checkpoint-5/config.json", "{}");
  tree.add("training_args.bin", "x").add("notes.txt", "x").add("modeling_x.py", "import os");
  const ComponentPlan made = plan(tree);
  EXPECT_EQ(paths(made), (Names{"LICENSE.txt", "config.json", "special_tokens_map.json", "tokenizer.json",
                                "tokenizer_config.json", "vocab.txt"}));
  for (const PlannedFile& file : made.files) EXPECT_EQ(file.action, Action::copy) << file.path;
  EXPECT_EQ(reason_for(made, "model.safetensors"), "weights");
  EXPECT_EQ(reason_for(made, "optimizer.pt"), "training state");
  EXPECT_EQ(reason_for(made, "training_args.bin"), "training state");
  EXPECT_EQ(reason_for(made, ".env"), "possible secret");
  EXPECT_EQ(reason_for(made, ".git/"), "version control");
  EXPECT_EQ(reason_for(made, "checkpoint-5/"), "training state");
  EXPECT_EQ(reason_for(made, "modeling_x.py"), "Python code");
  EXPECT_EQ(reason_for(made, "README.md"), "model card");
  EXPECT_EQ(reason_for(made, "notes.txt"), "no component");
  EXPECT_TRUE(made.warnings.empty());
  EXPECT_EQ(made.facts.model_type, "bert");
  EXPECT_EQ(made.facts.task.task, "text-classification");
  EXPECT_EQ(made.facts.task.ort_class, "ORTModelForSequenceClassification");
  EXPECT_EQ(made.facts.preprocessors, (Names{"tokenizer"}));
}

TEST(ComponentPlan, ConfigIsRequired) {
  MemoryTree none;
  none.add("vocab.txt", "a");
  const Result<ComponentPlan> made = plan_components(none, {});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().message.find("Config.json not found for local model"), 0U);
  EXPECT_EQ(made.error().code, ErrorCode::pack_no_config);
  MemoryTree typeless;
  typeless.add("config.json", R"({"architectures":["X"]})");
  EXPECT_EQ(error_of(typeless), ErrorCode::pack_no_model_type);
  MemoryTree broken;
  broken.add("config.json", "{");
  EXPECT_EQ(error_of(broken), ErrorCode::pack_bad_config);
}

TEST(ComponentPlan, PointersLinksAndTokensAreRefused) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";
  MemoryTree lfs;
  lfs.add("config.json", bert_config()).add("tokenizer.json", pointer);
  EXPECT_EQ(error_of(lfs), ErrorCode::pack_lfs_pointer);
  MemoryTree config;
  config.add("config.json", pointer);
  EXPECT_EQ(error_of(config), ErrorCode::pack_lfs_pointer);
  MemoryTree outside;
  outside.add("config.json", bert_config()).add("vocab.txt", "a", Link::outside);
  EXPECT_EQ(error_of(outside), ErrorCode::pack_outside);
  MemoryTree broken;
  broken.add("config.json", bert_config(), Link::broken);
  EXPECT_EQ(error_of(broken), ErrorCode::pack_link);
  MemoryTree token;
  token.add("config.json", R"({"model_type":"bert","t":"hf_)" + std::string(34, 'a') + "\"}");
  EXPECT_EQ(error_of(token), ErrorCode::pack_secret);
  MemoryTree cache;
  cache.add("config.json", bert_config(), Link::inside).add("vocab.txt", "a", Link::inside);
  EXPECT_EQ(plan(cache).files.size(), 2U);
}

TEST(ComponentPlan, LeaksBecomeListedEditsAndOtherBytesStay) {
  const std::string config =
      "{\n  \"_name_or_path\": \"/home/me/bert\",\n  \"eps\": 1e-12,  \"model_type\": \"bert\",\n"
      "  \"text_config\": {\"_name_or_path\": \"org/name\", \"name_or_path\": \"C:\\\\m\\\\x\"},\n"
      "  \"note\": \"/home/me/data\"\n}\n";
  const std::string tokenizer =
      "{\"vocab_file\": null, \"a\": 1.0, \"merges_file\": \"/x/merges.txt\", \"tokenizer_file\": \"t\" }";
  MemoryTree tree;
  tree.add("config.json", config).add("tokenizer_config.json", tokenizer).add("tokenizer.json", "{}");
  const ComponentPlan made = plan(tree);
  ASSERT_EQ(made.files.size(), 3U);
  EXPECT_EQ(made.files[0].action, Action::write);
  EXPECT_EQ(made.files[0].text,
            "{\n  \"_name_or_path\": \"\",\n  \"eps\": 1e-12,  \"model_type\": \"bert\",\n"
            "  \"text_config\": {\"_name_or_path\": \"org/name\", \"name_or_path\": \"\"},\n"
            "  \"note\": \"/home/me/data\"\n}\n");
  EXPECT_EQ(made.files[0].edits, (Names{"_name_or_path: path of the exporting machine blanked",
                                        "text_config.name_or_path: path of the exporting machine blanked"}));
  EXPECT_EQ(made.files[0].size, made.files[0].text.size());
  EXPECT_EQ(made.files[2].text, "{\"a\": 1.0 }");
  ASSERT_EQ(made.warnings.size(), 1U);
  EXPECT_EQ(made.warnings[0].code, ErrorCode::pack_leak);
  EXPECT_EQ(made.warnings[0].where.field, "note");

  PlanOptions keep;
  keep.keep_paths = true;
  const ComponentPlan kept = plan(tree, keep);
  EXPECT_EQ(kept.files[0].action, Action::copy);
  EXPECT_EQ(kept.files[2].action, Action::write);
}

TEST(ComponentPlan, MarkAndNonFiniteNumbers) {
  MemoryTree tree;
  tree.add("config.json", "\xef\xbb\xbf{\"model_type\": \"bert\", \"x\": -Infinity, \"s\": \"NaN\"}");
  tree.add("tokenizer.json", "{}");
  const ComponentPlan made = plan(tree);
  EXPECT_EQ(made.files[0].text, "{\"model_type\": \"bert\", \"x\": -Infinity, \"s\": \"NaN\"}");
  EXPECT_EQ(made.files[0].edits, (Names{"byte order mark removed"}));
  ASSERT_EQ(made.warnings.size(), 1U);
  EXPECT_EQ(made.warnings[0].code, ErrorCode::pack_python_json);
}

TEST(ComponentPlan, NamedFilesAreTakenWithinTheDirectory) {
  MemoryTree tree;
  tree.add("config.json",
           R"({"model_type":"mpnet","configuration_files":["config.4.0.0.json","config.9.json"]})");
  tree.add("config.4.0.0.json", "{}").add("tokenizer.json", "{}");
  tree.add("tokenizer_config.json", R"({"fast_tokenizer_files":["tokenizer.4.0.0.json"]})");
  tree.add("tokenizer.4.0.0.json", "{}");
  tree.add("modules.json", R"([{"path":"","type":"s.Transformer"},{"path":"1_Pooling","type":"s.Pooling"},
                              {"path":"2_Dense","type":"s.Dense"},{"path":"3_Normalize","type":"s.Normalize"}])");
  tree.add("1_Pooling/config.json", "{}").add("2_Dense/config.json", "{}");
  tree.add("2_Dense/model.safetensors", std::string(2000, 'w')).add("2_Dense/pytorch_model.bin", "w");
  tree.add("1_Pooling/model.safetensors", "w").add("sentence_bert_config.json", "{}");
  const ComponentPlan made = plan(tree);
  EXPECT_EQ(paths(made),
            (Names{"1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors",
                   "config.4.0.0.json", "config.json", "modules.json", "sentence_bert_config.json",
                   "tokenizer.4.0.0.json", "tokenizer.json", "tokenizer_config.json"}));
  EXPECT_EQ(reason_for(made, "2_Dense/pytorch_model.bin"), "weights");
  ASSERT_EQ(made.warnings.size(), 1U);
  EXPECT_EQ(made.warnings[0].code, ErrorCode::pack_named_missing);

  MemoryTree foreign;  // the name is used for other things, too
  foreign.add("config.json", bert_config()).add("vocab.txt", "a");
  foreign.add("modules.json", R"([{"path":"encoder","class":"Encoder"}])");
  EXPECT_EQ(paths(plan(foreign)), (Names{"config.json", "vocab.txt"}));
  MemoryTree escape;
  escape.add("config.json", bert_config())
      .add("modules.json", R"([{"path":"../../etc","type":"x.Pooling"}])");
  EXPECT_EQ(error_of(escape), ErrorCode::pack_outside);
  MemoryTree weights;
  weights.add("config.json", R"({"model_type":"bert","configuration_files":["model.safetensors"]})");
  weights.add_large("model.safetensors", 9).add("vocab.txt", "a");
  EXPECT_EQ(paths(plan(weights)), (Names{"config.json", "vocab.txt"}));
}

TEST(ComponentPlan, CodeOnlyWhenTrusted) {
  MemoryTree tree;
  tree.add("config.json", R"({"model_type":"x","auto_map":{"AutoConfig":"configuration_x.XConfig",
                                                          "AutoModel":"modeling_x.XModel"}})");
  tree.add("tokenizer_config.json", R"({"auto_map":{"AutoTokenizer":["tok.Slow",null]}})");
  tree.add("configuration_x.py", "from .util import a\nimport os\n").add("util.py", "from .util import b\n");
  tree.add("tok.py", "import .missing\n").add("modeling_x.py", "").add("other.py", "");
  const ComponentPlan plain = plan(tree);
  EXPECT_EQ(paths(plain), (Names{"config.json", "tokenizer_config.json"}));
  EXPECT_TRUE(plain.facts.needs_remote_code);
  ASSERT_EQ(plain.warnings.size(), 1U);
  EXPECT_EQ(plain.warnings[0].code, ErrorCode::pack_custom_code);
  PlanOptions trust;
  trust.trust_remote_code = true;
  const ComponentPlan made = plan(tree, trust);
  EXPECT_EQ(paths(made),
            (Names{"config.json", "configuration_x.py", "tok.py", "tokenizer_config.json", "util.py"}));
  ASSERT_EQ(made.warnings.size(), 1U);
  EXPECT_EQ(made.warnings[0].code, ErrorCode::pack_named_missing);
}

TEST(ComponentPlan, Preprocessors) {
  struct Case {
    const char* file;
    const char* text;
    Names expected;
  };
  const Case cases[] = {
      {"preprocessor_config.json", R"({"image_processor_type":"ViTImageProcessor"})", {"image_processor"}},
      {"preprocessor_config.json",
       R"({"feature_extractor_type":"ViTFeatureExtractor"})",
       {"image_processor"}},
      {"preprocessor_config.json",
       R"({"feature_extractor_type":"WhisperFeatureExtractor"})",
       {"feature_extractor"}},
      {"processor_config.json",
       R"({"processor_class":"P","image_processor":{},"feature_extractor":{}})",
       {"processor", "image_processor", "feature_extractor"}},
      {"video_preprocessor_config.json", "{}", {"video_processor"}},
      {"qformer_tokenizer/vocab.txt", "a", {}},
  };
  for (const Case& c : cases) {
    MemoryTree tree;
    tree.add("config.json", bert_config()).add(c.file, c.text);
    const ComponentPlan made = plan(tree);
    EXPECT_EQ(made.files.size(), 2U) << c.file;
    EXPECT_EQ(made.facts.preprocessors, c.expected) << c.file << c.text;
    EXPECT_EQ(made.warnings.size(), c.expected.empty() ? 1U : 0U);
  }
}

TEST(ComponentGroup, ByNameAlone) {
  EXPECT_EQ(component_group("config.json"), "config");
  EXPECT_EQ(component_group("additional_chat_templates/rag.jinja"), "chat-template");
  EXPECT_EQ(component_group("question_encoder_tokenizer/vocab.txt"), "tokenizer");
  EXPECT_EQ(component_group("Use_Policy.md"), "license");
  EXPECT_EQ(component_group("qwen.tiktoken"), "tokenizer");
  for (const char* none : {"sub/config.json", "model.safetensors", "../config.json", "tokenizer.model.bin",
                           "tokenizer.x/y.json", "/config.json", "C:config.json", ""}) {
    EXPECT_EQ(component_group(none), "") << none;
  }
}

}  // namespace
}  // namespace modelexport::components
