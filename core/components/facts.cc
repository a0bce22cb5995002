#include "components/facts.h"

#include <algorithm>
#include <array>

namespace modelexport::components {
namespace {

using json::Json;

/// feature_extractor_type values that mean images: classes from before image processors existed.
constexpr std::array kVisionExtractors = {"ViT",         "DeiT",       "Beit",        "CLIP",
                                          "ChineseCLIP", "ConvNext",   "Detr",        "ConditionalDetr",
                                          "Yolos",       "DPT",        "Donut",       "Flava",
                                          "GLPN",        "ImageGPT",   "LayoutLMv2",  "LayoutLMv3",
                                          "Levit",       "OwlViT",     "Vilt",        "VideoMAE",
                                          "MaskFormer",  "MobileViT",  "MobileNetV1", "MobileNetV2",
                                          "Segformer",   "PoolFormer", "Perceiver",   "DeformableDetr"};

bool is_vision_extractor(std::string_view type) {
  constexpr std::string_view kSuffix = "FeatureExtractor";
  if (type.size() <= kSuffix.size() || type.substr(type.size() - kSuffix.size()) != kSuffix) return false;
  type.remove_suffix(kSuffix.size());
  return std::any_of(kVisionExtractors.begin(), kVisionExtractors.end(),
                     [&](std::string_view name) { return name == type; });
}

bool has_object(const Documents& documents, std::string_view key) {
  const Json* value = find_in(documents, "processor_config.json", key);
  return value != nullptr && value->is_object();
}

bool has_image_processor(const Documents& documents) {
  if (has_object(documents, "image_processor") ||
      find_in(documents, "config.json", "pretrained_cfg") != nullptr) {
    return true;
  }
  constexpr std::string_view kFile = "preprocessor_config.json";
  if (documents.count(std::string(kFile)) == 0) return false;
  if (!text_in(documents, kFile, "image_processor_type").empty()) return true;
  const std::string extractor = text_in(documents, kFile, "feature_extractor_type");
  if (!extractor.empty()) return is_vision_extractor(extractor);
  // Neither key: old vision checkpoints look like this; audio ones always have a sampling rate.
  return find_in(documents, kFile, "sampling_rate") == nullptr;
}

bool has_feature_extractor(const Documents& documents) {
  if (has_object(documents, "feature_extractor") || has_object(documents, "audio_processor")) return true;
  constexpr std::string_view kFile = "preprocessor_config.json";
  const std::string extractor = text_in(documents, kFile, "feature_extractor_type");
  if (!extractor.empty()) return !is_vision_extractor(extractor);
  return find_in(documents, kFile, "sampling_rate") != nullptr;
}

bool has_processor(const Documents& documents) {
  if (documents.count("processor_config.json") != 0) return true;
  for (const char* file : {"preprocessor_config.json", "video_preprocessor_config.json",
                           "tokenizer_config.json", "config.json"}) {
    if (!text_in(documents, file, "processor_class").empty()) return true;
  }
  return false;
}

std::vector<std::string> strings(const Json* list) {
  std::vector<std::string> out;
  if (list == nullptr) return out;
  for (const Json& item : json::elements(*list)) {
    if (item.is_string()) out.push_back(item.get_ref<const std::string&>());
  }
  return out;
}

}  // namespace

Result<ConfigFacts> read_facts(const Documents& documents, const PlanOptions& options) {
  ConfigFacts facts;
  facts.model_type = text_in(documents, "config.json", "model_type");
  facts.architectures = strings(find_in(documents, "config.json", "architectures"));
  facts.transformers_version = text_in(documents, "config.json", "transformers_version");
  const Json* encoder_decoder = find_in(documents, "config.json", "is_encoder_decoder");
  facts.is_encoder_decoder =
      encoder_decoder != nullptr && encoder_decoder->is_boolean() && encoder_decoder->get<bool>();
  const bool timm = find_in(documents, "config.json", "pretrained_cfg") != nullptr;
  if (facts.model_type.empty() && timm) facts.model_type = "timm_wrapper";
  if (facts.model_type.empty()) {
    return fail(ErrorCode::pack_no_model_type, "Cannot determine model type: config.json has no model_type.",
                {.path = "config.json", .field = "model_type"},
                "Add \"model_type\" (for example \"bert\") to the config.json of the source.");
  }
  facts.task = task_from_config(facts.model_type, facts.architectures);
  if (timm && facts.task.task.empty()) facts.task.task = "image-classification";
  if (!options.task.empty()) facts.task.task = options.task;
  facts.task.ort_class = ort_class_for_task(facts.task.task, facts.model_type);
  return facts;
}

std::vector<std::string> find_preprocessors(const Documents& documents, bool has_tokenizer) {
  std::vector<std::string> out;
  if (has_processor(documents)) out.emplace_back("processor");
  if (has_tokenizer) out.emplace_back("tokenizer");
  if (has_image_processor(documents)) out.emplace_back("image_processor");
  if (has_object(documents, "video_processor") || documents.count("video_preprocessor_config.json") != 0) {
    out.emplace_back("video_processor");
  }
  if (has_feature_extractor(documents)) out.emplace_back("feature_extractor");
  return out;
}

}  // namespace modelexport::components
