// Which task a model was made for, and the ONNX Runtime class that runs it (reference: optimum_loading.md §6,
// §9).
#include <algorithm>
#include <array>

#include "modelexport/components.h"

namespace modelexport::components {
namespace {

struct ClassRow {
  std::string_view task;
  std::string_view ort_class;
};

constexpr std::array kClasses = {
    ClassRow{"feature-extraction", "ORTModelForFeatureExtraction"},
    ClassRow{"fill-mask", "ORTModelForMaskedLM"},
    ClassRow{"question-answering", "ORTModelForQuestionAnswering"},
    ClassRow{"text-classification", "ORTModelForSequenceClassification"},
    ClassRow{"token-classification", "ORTModelForTokenClassification"},
    ClassRow{"multiple-choice", "ORTModelForMultipleChoice"},
    ClassRow{"image-classification", "ORTModelForImageClassification"},
    ClassRow{"image-segmentation", "ORTModelForSemanticSegmentation"},
    ClassRow{"semantic-segmentation", "ORTModelForSemanticSegmentation"},
    ClassRow{"zero-shot-image-classification", "ORTModelForZeroShotImageClassification"},
    ClassRow{"image-to-image", "ORTModelForImageToImage"},
    ClassRow{"audio-classification", "ORTModelForAudioClassification"},
    ClassRow{"audio-frame-classification", "ORTModelForAudioFrameClassification"},
    ClassRow{"audio-xvector", "ORTModelForAudioXVector"},
    ClassRow{"automatic-speech-recognition", "ORTModelForCTC"},
    ClassRow{"text-generation", "ORTModelForCausalLM"},
    ClassRow{"text2text-generation", "ORTModelForSeq2SeqLM"},
    ClassRow{"image-to-text", "ORTModelForVision2Seq"},
};

struct Synonym {
  std::string_view name;
  std::string_view task;
};
constexpr std::array kSynonyms = {
    Synonym{"causal-lm", "text-generation"},
    Synonym{"masked-lm", "fill-mask"},
    Synonym{"seq2seq-lm", "text2text-generation"},
    Synonym{"summarization", "text2text-generation"},
    Synonym{"translation", "text2text-generation"},
    Synonym{"sequence-classification", "text-classification"},
    Synonym{"zero-shot-classification", "text-classification"},
    Synonym{"sentiment-analysis", "text-classification"},
    Synonym{"ner", "token-classification"},
    Synonym{"sentence-similarity", "feature-extraction"},
    Synonym{"default", "feature-extraction"},
    Synonym{"image-feature-extraction", "feature-extraction"},
    Synonym{"audio-ctc", "automatic-speech-recognition"},
    Synonym{"speech2seq-lm", "automatic-speech-recognition"},
    Synonym{"vision2seq-lm", "image-to-text"},
};

struct Suffix {
  std::string_view text;
  std::string_view task;
};
/// First match wins: longer or more special suffixes come first.
constexpr std::array kSuffixes = {
    Suffix{"ForSequenceClassification", "text-classification"},
    Suffix{"ForAudioFrameClassification", "audio-frame-classification"},
    Suffix{"ForAudioClassification", "audio-classification"},
    Suffix{"ForTokenClassification", "token-classification"},
    Suffix{"ForMultipleChoice", "multiple-choice"},
    Suffix{"ForVisualQuestionAnswering", "visual-question-answering"},
    Suffix{"ForQuestionAnsweringSimple", "question-answering"},
    Suffix{"ForQuestionAnswering", "question-answering"},
    Suffix{"ForMaskedLM", "fill-mask"},
    Suffix{"WithLMHeadModel", "fill-mask"},
    Suffix{"ForCausalLM", "text-generation"},
    Suffix{"LMHeadModel", "text-generation"},
    Suffix{"DoubleHeadsModel", "text-generation"},
    Suffix{"ForSpeechSeq2Seq", "automatic-speech-recognition"},
    Suffix{"ForSpeechToText", "automatic-speech-recognition"},
    Suffix{"SpeechEncoderDecoderModel", "automatic-speech-recognition"},
    Suffix{"VisionEncoderDecoderModel", "image-to-text"},
    Suffix{"EncoderDecoderModel", "text2text-generation"},
    Suffix{"MarianMTModel", "text2text-generation"},
    Suffix{"ForCTC", "automatic-speech-recognition"},
    Suffix{"ForZeroShotImageClassification", "zero-shot-image-classification"},
    Suffix{"ForImageClassificationWithTeacher", "image-classification"},
    Suffix{"ForImageClassification", "image-classification"},
    Suffix{"ForSemanticSegmentation", "image-segmentation"},
    Suffix{"ForInstanceSegmentation", "image-segmentation"},
    Suffix{"ForUniversalSegmentation", "image-segmentation"},
    Suffix{"ForSegmentation", "image-segmentation"},
    Suffix{"ForZeroShotObjectDetection", "zero-shot-object-detection"},
    Suffix{"ForObjectDetection", "object-detection"},
    Suffix{"ForDepthEstimation", "depth-estimation"},
    Suffix{"ForMaskedImageModeling", "masked-im"},
    Suffix{"ForImageSuperResolution", "image-to-image"},
    Suffix{"ForXVector", "audio-xvector"},
    Suffix{"ForTextToSpeech", "text-to-audio"},
    Suffix{"ForTextToWaveform", "text-to-audio"},
};

constexpr std::array kSpeechEncoders = {
    "wav2vec2", "wav2vec2-bert", "wav2vec2-conformer", "hubert",        "wavlm",
    "sew",      "sew-d",         "unispeech",          "unispeech-sat", "data2vec-audio"};
constexpr std::array kSpeechSeq2Seq = {"whisper", "speech_to_text", "moonshine", "speecht5",
                                       "speech-encoder-decoder"};
constexpr std::array kTextSeq2Seq = {"t5",
                                     "mt5",
                                     "umt5",
                                     "longt5",
                                     "bart",
                                     "mbart",
                                     "mvp",
                                     "pegasus",
                                     "pegasus_x",
                                     "m2m_100",
                                     "nllb-moe",
                                     "led",
                                     "marian",
                                     "blenderbot",
                                     "blenderbot-small",
                                     "bigbird_pegasus",
                                     "prophetnet",
                                     "xlm-prophetnet",
                                     "plbart",
                                     "fsmt",
                                     "switch_transformers",
                                     "encoder-decoder",
                                     "seamless_m4t"};
constexpr std::array kZeroShotImage = {"clip",    "siglip",       "siglip2",   "align",
                                       "altclip", "chinese_clip", "metaclip_2"};
constexpr std::array kZeroShotDetection = {"owlvit", "owlv2", "grounding-dino", "omdet-turbo"};

template <class List>
bool contains(const List& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view item) { return item == text; });
}

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::string_view conditional_generation(std::string_view model_type) {
  if (contains(kSpeechSeq2Seq, model_type)) return "automatic-speech-recognition";
  return contains(kTextSeq2Seq, model_type) ? "text2text-generation" : "image-to-text";
}

std::string_view task_of(std::string_view model_type, std::string_view architecture) {
  if (ends_with(architecture, "ForConditionalGeneration")) return conditional_generation(model_type);
  for (const Suffix& row : kSuffixes) {
    if (!ends_with(architecture, row.text)) continue;
    if (row.task == "text-classification" && contains(kSpeechEncoders, model_type))
      return "audio-classification";
    if (row.task == "object-detection" && contains(kZeroShotDetection, model_type)) {
      return "zero-shot-object-detection";
    }
    return row.task;
  }
  if (ends_with(architecture, "ForPreTraining") || ends_with(architecture, "ForNextSentencePrediction"))
    return {};
  if (!ends_with(architecture, "Model") && !ends_with(architecture, "Encoder")) return {};
  return contains(kZeroShotImage, model_type) ? "zero-shot-image-classification" : "feature-extraction";
}

}  // namespace

std::string ort_class_for_task(std::string_view task, std::string_view model_type) {
  constexpr std::string_view kPast = "-with-past";
  if (ends_with(task, kPast)) task.remove_suffix(kPast.size());
  if (task.substr(0, 12) == "translation_") task = "translation";
  for (const Synonym& row : kSynonyms) {
    if (row.name == task) task = row.task;
  }
  if (task.empty()) return {};
  if (task == "automatic-speech-recognition" && contains(kSpeechSeq2Seq, model_type)) {
    return "ORTModelForSpeechSeq2Seq";
  }
  if (task == "image-to-text" && model_type == "pix2struct") return "ORTModelForPix2Struct";
  for (const ClassRow& row : kClasses) {
    if (row.task == task) return std::string(row.ort_class);
  }
  return "ORTModelForCustomTasks";
}

std::vector<std::string> known_tasks() {
  std::vector<std::string> out;
  for (const ClassRow& row : kClasses) out.emplace_back(row.task);
  return out;
}

TaskGuess task_from_config(std::string_view model_type, const std::vector<std::string>& architectures) {
  TaskGuess guess;
  if (architectures.empty()) return guess;
  guess.task = std::string(task_of(model_type, architectures.front()));
  guess.ort_class = ort_class_for_task(guess.task, model_type);
  return guess;
}

}  // namespace modelexport::components
