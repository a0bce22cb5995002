// Packages: a complete one has nothing wrong, and each thing that a loader misses is said.
#include <gtest/gtest.h>

#include "modelexport/check_package.h"
#include "models.h"

namespace modelexport::check {
namespace {

class Tree final : public components::SourceTree {
 public:
  void add(const std::string& path, const std::string& text) {
    texts_[path] = text;
    entries_.clear();
    for (const auto& [name, content] : texts_)
      entries_.push_back({name, content.size(), components::Link::none});
  }
  [[nodiscard]] std::string name() const override { return "dir"; }
  [[nodiscard]] const std::vector<components::FileEntry>& list() const override { return entries_; }
  Result<std::string> read(std::string_view path, std::uint64_t) const override {
    const auto found = texts_.find(std::string(path));
    if (found == texts_.end()) return fail(ErrorCode::io_not_found, "not there");
    return found->second;
  }

 private:
  std::map<std::string, std::string> texts_;
  std::vector<components::FileEntry> entries_;
};

onnx::ValueView value(const std::string& name, std::vector<onnx::Dim> shape) {
  onnx::ValueView view;
  view.name = name;
  view.kind = onnx::ValueKind::tensor;
  view.elem_type = 1;
  view.has_shape = true;
  view.shape = std::move(shape);
  return view;
}

struct Package {
  Tree tree;
  std::vector<PackageModel> models;
  Options options;

  Package() {
    options.readers = Reader::ort | Reader::optimum;
    tree.add("config.json", R"({"model_type":"bert","architectures":["BertForSequenceClassification"],
                                "id2label":{"0":"a","1":"b"}})");
    tree.add("tokenizer.json", R"({"model": {}})");
    tree.add("tokenizer_config.json", "{}");
    models.push_back({"model.onnx",
                      {value("input_ids", {"batch_size", "sequence_length"})},
                      {value("logits", {"batch_size", std::int64_t{2}})},
                      {}});
  }
  Report check() { return check_package(tree, models, options); }
};

TEST(Package, ComponentFilesThatNoLoaderReads) {
  const std::pair<const char*, std::string> broken[] = {
      {"tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"},
      {"tokenizer.json", "{}"},
      {"tokenizer_config.json", "nope"},
      {"tokenizer_config.json", "[]"},
      {"preprocessor_config.json", "{bad"},
      {"generation_config.json", "\xEF\xBB\xBF{}"},
      {"vocab.txt", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"},
      {"config.json",
       "\xEF\xBB\xBF"
       R"({"model_type":"bert"})"},
      {"config.json", R"({"model_type":"bert","id2label":{"a":"x"}})"}};
  for (const auto& [path, text] : broken) {
    Package p;
    p.tree.add(path, text);
    EXPECT_EQ(errors_of(p.check()), std::vector<std::string>{"ME-PKG-011"}) << path << ": " << text;
  }
  Package other;
  other.tree.add("notes.json", "nope");
  EXPECT_TRUE(other.check().findings.empty());
}

TEST(Package, LoadersTakeTheLastOfTwoEqualKeys) {
  for (const char* path : {"config.json", "tokenizer_config.json"}) {
    Package p;
    p.tree.add(path, R"({"model_type":"bert","model_type":"bert"})");
    EXPECT_TRUE(errors_of(p.check()).empty()) << path;
    EXPECT_NE(find(p.check(), "ME-PKG-011"), nullptr) << path;
  }
}

TEST(Package, CompleteOneIsFine) { EXPECT_TRUE(Package().check().findings.empty()); }

TEST(Package, Configuration) {
  Package p;
  p.tree.add("config.json", "{");
  EXPECT_EQ(errors_of(p.check()), std::vector<std::string>{"ME-PKG-011"});
  p.tree.add("config.json", "{}");
  EXPECT_NE(find(p.check(), "ME-PKG-012"), nullptr);
  p.tree.add("config.json", R"({"model_type":"bert","architecture":"x","auto_map":{}})");
  EXPECT_NE(find(p.check(), "ME-OPT-001"), nullptr);
  EXPECT_NE(find(p.check(), "ME-PKG-013"), nullptr);
}

TEST(Package, ModelTypesAreThoseOfTransformers) {
  Package p;
  p.tree.add("config.json", R"({"model_type":"bret"})");
  EXPECT_EQ(errors_of(p.check()), std::vector<std::string>{"ME-PKG-014"});
  p.tree.add("config.json", R"({"model_type":"bret","auto_map":{"AutoConfig":"x.Y"}})");
  const auto own_code = p.check();
  EXPECT_TRUE(errors_of(own_code).empty());
  ASSERT_NE(find(own_code, "ME-PKG-014"), nullptr);
  EXPECT_NE(find(own_code, "ME-PKG-014")->message.find("trust_remote_code=True only"), std::string::npos);
  for (const char* known : {"albert", "bert", "zoedepth", "EvollaModel"}) {
    p.tree.add("config.json", std::string(R"({"model_type":")") + known + "\"}");
    EXPECT_TRUE(errors_of(p.check()).empty()) << known;
  }
}

TEST(Package, HeadlessModelUnderATaskHead) {
  Package p;
  p.models[0].outputs = {value("last_hidden_state", {"b", "s", std::int64_t{8}})};
  EXPECT_EQ(errors_of(p.check()), std::vector<std::string>{"ME-OPT-006"});
}

TEST(Package, InputThatTheClassDoesNotGive) {
  Package p;
  p.models[0].inputs.push_back(value("bbox", {"b", "s", std::int64_t{4}}));
  EXPECT_EQ(errors_of(p.check()), std::vector<std::string>{"ME-OPT-005"});
}

TEST(Package, Labels) {
  Package p;
  p.models[0].outputs = {value("logits", {"b", std::int64_t{3}})};
  EXPECT_NE(find(p.check(), "ME-OPT-007"), nullptr);
}

TEST(Package, CacheSizesUnderOtherKeysAndByDefault) {
  const auto with = [](const std::string& config) {
    Package p;
    p.tree.add("config.json", config);
    for (const char* name : {"past_key_values.0.key", "past_key_values.0.value"})
      p.models[0].inputs.push_back(value(name, {"b", std::int64_t{4}, "p", std::int64_t{8}}));
    p.models[0].outputs = {value("logits", {"b", "s", std::int64_t{9}})};
    for (const char* name : {"present.0.key", "present.0.value"})
      p.models[0].outputs.push_back(value(name, {"b", std::int64_t{4}, "p", std::int64_t{8}}));
    return errors_of(p.check());
  };
  const std::vector<std::string> wrong = {"ME-OPT-008"};
  const std::string gpt2 = R"({"model_type":"gpt2","architectures":["GPT2LMHeadModel"],"n_embd":)";
  EXPECT_TRUE(with(gpt2 + R"(32,"n_head":4})").empty());
  EXPECT_EQ(with(gpt2 + R"(64,"n_head":4})"), wrong);
  EXPECT_EQ(with(gpt2 + R"(32,"n_head":8})"), wrong);
  const std::string llama =
      R"({"model_type":"llama","architectures":["LlamaForCausalLM"],"num_attention_heads":)";
  EXPECT_TRUE(with(llama + R"(4,"hidden_size":32})").empty());
  EXPECT_EQ(with(llama + R"(8,"hidden_size":64})"), wrong);
}

TEST(Package, CacheSizesAreComputedAsOptimumDoes) {
  Package p;
  p.tree.add("config.json", R"({"model_type":"qwen3","architectures":["Qwen3ForCausalLM"],"hidden_size":1024,
                                "num_attention_heads":16,"num_key_value_heads":8,"head_dim":128})");
  const auto cache = [](const char* name, std::int64_t size) {
    return value(name, {"b", std::int64_t{8}, "p", size});
  };
  p.models[0].inputs.push_back(cache("past_key_values.0.key", 128));
  p.models[0].inputs.push_back(cache("past_key_values.0.value", 128));
  p.models[0].outputs = {value("logits", {"b", "s", std::int64_t{9}}), cache("present.0.key", 128),
                         cache("present.0.value", 128)};
  EXPECT_EQ(errors_of(p.check()), std::vector<std::string>{"ME-OPT-008"});
  for (std::size_t i : {1, 2}) p.models[0].inputs[i].shape[3] = std::int64_t{64};
  EXPECT_TRUE(errors_of(p.check()).empty());
  std::swap(p.models[0].outputs[1], p.models[0].outputs[2]);
  EXPECT_NE(find(p.check(), "ME-OPT-010"), nullptr);
  p.models[0].inputs.resize(1);
  EXPECT_NE(find(p.check(), "ME-OPT-009"), nullptr);
}

TEST(Package, EncoderDecoderNeedsItsParts) {
  Package p;
  p.tree.add("config.json", R"({"model_type":"t5","architectures":["T5ForConditionalGeneration"]})");
  EXPECT_EQ(errors_of(p.check()), std::vector<std::string>{"ME-OPT-004"});
  for (const char* name : {"encoder_model.onnx", "decoder_model_merged.onnx"})
    p.models.push_back({name, {}, {}, {}});
  EXPECT_TRUE(errors_of(p.check()).empty());
}

TEST(Package, TransformersJs) {
  Package p;
  p.options.readers = Reader::transformers_js;
  EXPECT_EQ(errors_of(p.check()), std::vector<std::string>{"ME-TJS-001"});
  p.models[0].path = "onnx/model.onnx";
  EXPECT_TRUE(errors_of(p.check()).empty());
  EXPECT_NE(find(p.check(), "ME-TJS-004"), nullptr);
  p.tree.add("chat_template.jinja", "x");
  EXPECT_NE(find(p.check(), "ME-TJS-003"), nullptr);
}

TEST(Package, Recognised) {
  Package p;
  EXPECT_FALSE(is_package(p.tree.list()));
  p.tree.add("onnx/model.onnx", "");
  EXPECT_TRUE(is_package(p.tree.list()));
}

}  // namespace
}  // namespace modelexport::check
