#include <gtest/gtest.h>

#include "modelexport/components.h"

namespace modelexport::components {
namespace {

TEST(Tasks, FromArchitecture) {
  struct Case {
    const char* type;
    const char* architecture;
    const char* task;
    const char* ort_class;
  };
  const Case cases[] = {
      {"bert", "BertModel", "feature-extraction", "ORTModelForFeatureExtraction"},
      {"bert", "BertForSequenceClassification", "text-classification", "ORTModelForSequenceClassification"},
      {"wav2vec2", "Wav2Vec2ForSequenceClassification", "audio-classification",
       "ORTModelForAudioClassification"},
      {"wav2vec2", "Wav2Vec2ForCTC", "automatic-speech-recognition", "ORTModelForCTC"},
      {"whisper", "WhisperForConditionalGeneration", "automatic-speech-recognition",
       "ORTModelForSpeechSeq2Seq"},
      {"gpt2", "GPT2LMHeadModel", "text-generation", "ORTModelForCausalLM"},
      {"xlm", "XLMWithLMHeadModel", "fill-mask", "ORTModelForMaskedLM"},
      {"bart", "BartForConditionalGeneration", "text2text-generation", "ORTModelForSeq2SeqLM"},
      {"pix2struct", "Pix2StructForConditionalGeneration", "image-to-text", "ORTModelForPix2Struct"},
      {"vision-encoder-decoder", "VisionEncoderDecoderModel", "image-to-text", "ORTModelForVision2Seq"},
      {"clip", "CLIPModel", "zero-shot-image-classification", "ORTModelForZeroShotImageClassification"},
      {"segformer", "SegformerForSemanticSegmentation", "image-segmentation",
       "ORTModelForSemanticSegmentation"},
      {"detr", "DetrForObjectDetection", "object-detection", "ORTModelForCustomTasks"},
      {"owlvit", "OwlViTForObjectDetection", "zero-shot-object-detection", "ORTModelForCustomTasks"},
      {"t5", "T5EncoderModel", "feature-extraction", "ORTModelForFeatureExtraction"},
      {"bert", "BertForPreTraining", "", ""},
  };
  for (const Case& c : cases) {
    const TaskGuess guess = task_from_config(c.type, {c.architecture});
    EXPECT_EQ(guess.task, c.task) << c.architecture;
    EXPECT_EQ(guess.ort_class, c.ort_class) << c.architecture;
  }
  EXPECT_TRUE(task_from_config("bert", {}).task.empty());
}

TEST(Tasks, SynonymsAndPast) {
  EXPECT_EQ(ort_class_for_task("text-generation-with-past", "llama"), "ORTModelForCausalLM");
  EXPECT_EQ(ort_class_for_task("translation_en_to_fr", "t5"), "ORTModelForSeq2SeqLM");
  EXPECT_EQ(ort_class_for_task("zero-shot-classification", "bart"), "ORTModelForSequenceClassification");
  EXPECT_EQ(ort_class_for_task("sentence-similarity", "bert"), "ORTModelForFeatureExtraction");
}

}  // namespace
}  // namespace modelexport::components
