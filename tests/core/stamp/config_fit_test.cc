#include "stamp/config_fit.h"

#include <gtest/gtest.h>

namespace modelexport::stamp {
namespace {

constexpr const char* kGpt2 =
    R"({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 128, "n_embd": 32})";
constexpr const char* kBert = R"({"model_type": "bert", "architectures": ["BertForSequenceClassification"],
  "vocab_size": 128, "hidden_size": 32, "id2label": {"0": "a", "1": "b", "2": "c"}})";

GraphShape graph(std::vector<std::string> classes) {
  GraphShape out;
  out.outputs = {{"logits", {-1, 3}}};
  out.weights = {{"bert.embeddings.word_embeddings.weight", {128, 32}}};
  out.classes = std::move(classes);
  return out;
}

std::string first(std::string_view config, const GraphShape& shape) {
  const Diagnostics found = check_fit(config, shape, "org/name@C", {});
  return found.empty() ? std::string() : found.front().message;
}

TEST(ConfigFit, AnotherArchitectureIsTheOneThingToSay) {
  const GraphShape bert = graph({"BertForSequenceClassification", "BertModel", "BertEmbeddings", "Linear"});
  const Diagnostics found = check_fit(kGpt2, bert, "org/name@C", {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(
      found[0].message,
      "The graph does not fit the configuration of org/name@C: that is of GPT2LMHeadModel, the graph is of "
      "BertForSequenceClassification.");
  EXPECT_EQ(found[0].severity, Severity::warning);
  // Without a known class the shapes are all there is.
  EXPECT_NE(first(kGpt2, graph({})).find("vocab_size is 128 there, 3 in output logits"), std::string::npos);
  EXPECT_NE(first(R"({"model_type": "gpt2"})", bert).find("of type gpt2"), std::string::npos);
}

TEST(ConfigFit, OtherHeadsAndWrappersAreNoOtherArchitecture) {
  for (const std::vector<std::string>& classes :
       std::vector<std::vector<std::string>>{{"BertForSequenceClassification", "BertModel"},
                                             {"BertModel"},
                                             {"MyModel", "BertForSequenceClassification"},
                                             {"MyModel", "BertEncoder"},
                                             {"Net", "Linear"},
                                             {"Model"},
                                             {}})
    EXPECT_EQ(first(kBert, graph(classes)), "") << (classes.empty() ? "" : classes.front());
}

TEST(ConfigFit, NamesOfFamilies) {
  struct Row {
    const char* type;
    const char* architecture;
    const char* root;
  };
  const Row fit[] = {{"xlm-roberta", "XLMRobertaForMaskedLM", "XLMRobertaForSequenceClassification"},
                     {"camembert", "RobertaForMaskedLM", "CamembertForTokenClassification"},
                     {"deberta-v2", "", "DebertaV2ForSequenceClassification"},
                     {"gpt_neox", "GPTNeoXForCausalLM", "GPTNeoXForCausalLM"},
                     {"speech_to_text", "Speech2TextForConditionalGeneration", "Speech2TextModel"},
                     {"roformer", "RoFormerForMaskedLM", "RoFormerModel"},
                     {"mt5", "MT5ForConditionalGeneration", "MT5EncoderModel"},
                     {"qwen2_5_vl", "", "Qwen2_5_VLForConditionalGeneration"},
                     {"", "", "BertModel"}};
  const auto config = [](const Row& row) {
    return std::string(R"({"model_type": ")") + row.type + R"(", "architectures": [")" + row.architecture +
           "\"]}";
  };
  for (const Row& row : fit) EXPECT_EQ(first(config(row), graph({row.root})), "") << row.root;
  const Row other[] = {{"roberta", "RobertaForMaskedLM", "BertForMaskedLM"},
                       {"bert", "BertForMaskedLM", "RobertaForMaskedLM"},
                       {"t5", "T5ForConditionalGeneration", "MarianMTModel"},
                       {"vit", "ViTForImageClassification", "ResNetForImageClassification"}};
  for (const Row& row : other) EXPECT_NE(first(config(row), graph({row.root})), "") << row.root;
}

TEST(ConfigFit, Shapes) {
  GraphShape shape = graph({"BertForSequenceClassification"});
  shape.weights[0].dims = {99, 16};
  const Diagnostics found = check_fit(kBert, shape, "org/name@C", {});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NE(found[0].message.find("vocab_size is 128 there, 99 in bert.embeddings"), std::string::npos);
  EXPECT_NE(found[1].message.find("hidden_size is 32 there, 16 in bert.embeddings"), std::string::npos);
  EXPECT_TRUE(check_fit("no json", shape, "org/name@C", {}).empty());
}

struct WidthRow {
  const char* config;
  GraphShape::Value output;
  GraphShape::Value weight;
  const char* said;  ///< "" if it fits
};

void expect_rows(const std::vector<WidthRow>& rows) {
  for (const WidthRow& row : rows) {
    GraphShape shape;
    shape.outputs = {row.output};
    shape.weights = {row.weight};
    const std::string found = first(row.config, shape);
    const std::string said = *row.said == 0 ? "" : std::string(": ") + row.said + ".";
    EXPECT_TRUE(said.empty() ? found.empty() : found.ends_with(said)) << row.config << "\n" << found;
  }
}

TEST(ConfigFit, WidthsAreThoseOfEmbeddingsHeadsAndOutputs) {
  const GraphShape::Value logits{"logits", {-1, -1, 128}};
  const GraphShape::Value none{"w", {4, 4}};
  expect_rows({
      {R"({"d_model": 512})",
       logits,
       {"encoder.embed_positions.weight", {30, 32}},
       "d_model is 512 there, 32 in encoder.embed_positions.weight"},
      {R"({"d_model": 512})",
       {"last_hidden_state", {-1, -1, 32}},
       none,
       "d_model is 512 there, 32 in output last_hidden_state"},
      {R"({"architectures": ["Wav2Vec2ForCTC"], "hidden_size": 512})",
       logits,
       {"lm_head.weight_t", {32, 128}},
       "hidden_size is 512 there, 32 in lm_head.weight_t"},
      {R"({"architectures": ["LlamaForCausalLM"], "hidden_size": 4096})",
       logits,
       {"lm_head.weight", {128, 32}},
       "hidden_size is 4096 there, 32 in lm_head.weight"},
      {R"({"n_embd": 77})",
       logits,
       {"transformer.wte.weight", {128, 32}},
       "n_embd is 77 there, 32 in transformer.wte.weight"},
      {R"({"projection_dim": 512})",
       {"text_embeds", {-1, 16}},
       none,
       "projection_dim is 512 there, 16 in output text_embeds"},
      {R"({"projection_dim": 512})",
       {"image_embeds", {-1, 16}},
       none,
       "projection_dim is 512 there, 16 in output image_embeds"},
      {R"({"text_config": {"hidden_size": 512}})",
       logits,
       {"text_model.embeddings.token_embedding.weight", {128, 32}},
       "hidden_size is 512 there, 32 in text_model.embeddings.token_embedding.weight"},
      {R"({"hidden_size": 32, "embedding_size": 24})",
       logits,
       {"electra.embeddings.word_embeddings.weight", {128, 16}},
       "embedding_size is 24 there, 16 in electra.embeddings.word_embeddings.weight"},
  });
}

TEST(ConfigFit, WidthsThatDifferByDesignFit) {
  const GraphShape::Value logits{"logits", {-1, -1, 128}};
  const GraphShape::Value none{"w", {4, 4}};
  expect_rows({
      {R"({"hidden_size": 32, "embedding_size": 16})",
       {"last_hidden_state", {-1, -1, 32}},
       {"embeddings.word_embeddings.weight", {128, 16}},
       ""},
      {R"({"hidden_size": 32, "word_embed_proj_dim": 16})",
       {"last_hidden_state", {-1, -1, 16}},
       {"decoder.embed_tokens.weight", {128, 16}},
       ""},
      {R"({"hidden_size": 32, "embedding_size": null})", logits, {"word_embeddings.weight", {128, 32}}, ""},
      {R"({"hidden_size": 32, "output_hidden_size": 64, "add_adapter": true, "architectures": ["Wav2Vec2ForCTC"]})",
       logits,
       {"lm_head.weight_t", {64, 128}},
       ""},
      {R"({"hidden_size": 32, "output_hidden_size": 64, "add_adapter": false})",
       {"last_hidden_state", {-1, -1, 32}},
       none,
       ""},
      {R"({"d_model": 32, "d_latents": 64})", {"last_hidden_state", {-1, 8, 64}}, none, ""},
      {R"({"model_type": "reformer", "hidden_size": 32})", {"last_hidden_state", {-1, -1, 64}}, none, ""},
      {R"({"hidden_size": 32})", {"last_hidden_state", {-1, 32, 2, 7}}, none, ""},  // channels first
      {R"({"projection_dim": 16})", {"image_embeds", {-1, 4, 4, 32}}, none, ""},
      {R"({"projection_dim": 0})", {"text_embeds", {-1, 32}}, none, ""},
      {R"({"text_config": {"hidden_size": 32}, "vision_config": {"hidden_size": 64}})",
       logits,
       {"text_model.embeddings.token_embedding.weight", {128, 32}},
       ""},
  });
}

}  // namespace
}  // namespace modelexport::stamp
