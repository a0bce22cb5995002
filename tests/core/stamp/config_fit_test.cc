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

}  // namespace
}  // namespace modelexport::stamp
