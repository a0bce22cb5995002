#include "check/package/classes.h"

#include <algorithm>
#include <iterator>

namespace modelexport::check {
namespace {

#include "check/package/model_types.inc"

constexpr std::string_view kText[] = {"input_ids", "attention_mask", "token_type_ids"};
constexpr std::string_view kFeatures[] = {
    "input_ids",     "attention_mask",        "token_type_ids",        "position_ids",   "pixel_values",
    "visual_embeds", "visual_attention_mask", "visual_token_type_ids", "input_features", "input_values"};
constexpr std::string_view kImage[] = {"pixel_values"};
constexpr std::string_view kImageText[] = {"input_ids", "pixel_values", "attention_mask"};
constexpr std::string_view kAudio[] = {"input_values", "input_features", "attention_mask"};
constexpr std::string_view kSpeech[] = {"input_values", "input_features"};
constexpr std::string_view kDecoder[] = {"input_ids", "attention_mask", "position_ids", "use_cache_branch"};

constexpr std::string_view kLogits[] = {"logits"};
constexpr std::string_view kHidden[] = {"last_hidden_state"};
constexpr std::string_view kSpans[] = {"start_logits", "end_logits"};
constexpr std::string_view kPairs[] = {"logits_per_text", "logits_per_image", "text_embeds", "image_embeds"};
constexpr std::string_view kVectors[] = {"logits", "embeddings"};
constexpr std::string_view kPicture[] = {"reconstruction"};

constexpr OrtClass kClasses[] = {
    {"ORTModelForFeatureExtraction", kFeatures, kHidden},
    {"ORTModelForMaskedLM", kText, kLogits},
    {"ORTModelForQuestionAnswering", kText, kSpans},
    {"ORTModelForSequenceClassification", kText, kLogits},
    {"ORTModelForTokenClassification", kText, kLogits},
    {"ORTModelForMultipleChoice", kText, kLogits},
    {"ORTModelForImageClassification", kImage, kLogits},
    {"ORTModelForSemanticSegmentation", kImage, kLogits},
    {"ORTModelForZeroShotImageClassification", kImageText, kPairs},
    {"ORTModelForImageToImage", kImage, kPicture},
    {"ORTModelForAudioClassification", kAudio, kLogits},
    {"ORTModelForCTC", kSpeech, kLogits},
    {"ORTModelForAudioFrameClassification", kSpeech, kLogits},
    {"ORTModelForAudioXVector", kSpeech, kVectors},
    {"ORTModelForCausalLM", kDecoder, kLogits},
};

constexpr std::string_view kOwnHeadSize[] = {"gemma", "gemma3_text", "gpt_oss", "nemotron"};
constexpr std::string_view kKeyValueHeads[] = {
    "arcee",   "deepseek_v3", "cohere",   "gemma", "gemma3_text", "glm",       "granite", "gpt_oss", "helium",
    "mistral", "llama",       "nemotron", "qwen2", "qwen3",       "qwen3_moe", "smollm3", "stablelm"};

constexpr std::string_view kHeadsByDefault[] = {"arcee", "cohere", "granite", "llama", "nemotron"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool is_true(const json::Json& config, std::string_view key) {
  const json::Json* value = json::find(config, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

/// Keys under which configurations hold what Optimum's NormalizedConfig calls by one name.
constexpr std::string_view kHiddenKeys[] = {"hidden_size", "n_embd", "d_model", "n_embed"};
constexpr std::string_view kHeadKeys[] = {"num_attention_heads", "n_head", "n_heads", "num_heads",
                                          "encoder_attention_heads"};

template <std::size_t N>
std::optional<std::int64_t> first_int(const json::Json& config, const std::string_view (&keys)[N]) {
  for (const std::string_view key : keys)
    if (const auto value = json::find_int(config, key)) return value;
  return std::nullopt;
}

}  // namespace

const OrtClass* find_ort_class(std::string_view name) {
  for (const OrtClass& entry : kClasses)
    if (entry.name == name) return &entry;
  return nullptr;
}

bool is_known_model_type(std::string_view model_type) {
  return std::binary_search(std::begin(kModelTypes), std::end(kModelTypes), model_type);
}

CacheSizes cache_sizes(std::string_view model_type, const json::Json& whole) {
  const json::Json* text = json::find(whole, "text_config");
  const bool nested = model_type == "gemma3" && text != nullptr;
  const json::Json& config = nested ? *text : whole;
  CacheSizes sizes;
  const auto hidden = first_int(config, kHiddenKeys);
  const auto attention = first_int(config, kHeadKeys);
  if (hidden && attention && *attention > 0) sizes.key_size = *hidden / *attention;
  if (nested || contains(kOwnHeadSize, model_type)) sizes.key_size = json::find_int(config, "head_dim");
  sizes.value_size = sizes.key_size;
  if (model_type == "deepseek_v3") {
    const auto rope = json::find_int(config, "qk_rope_head_dim");
    const auto plain = json::find_int(config, "qk_nope_head_dim");
    sizes.key_size = rope && plain ? std::optional(*rope + *plain) : std::nullopt;
    sizes.value_size = json::find_int(config, "v_head_dim");
  }
  sizes.heads = attention;
  if (nested || contains(kKeyValueHeads, model_type)) {
    sizes.heads = json::find_int(config, "num_key_value_heads");
    // These classes' own default; the others have numbers of their own.
    if (!sizes.heads && contains(kHeadsByDefault, model_type)) sizes.heads = attention;
  } else if (model_type == "falcon") {
    const bool own = is_true(config, "new_decoder_architecture") || !is_true(config, "multi_query");
    sizes.heads = own ? json::find_int(config, "num_kv_heads") : std::optional<std::int64_t>(1);
  } else if (model_type == "gpt_bigcode" && is_true(config, "multi_query")) {
    sizes.heads = 1;
  }
  return sizes;
}

}  // namespace modelexport::check
