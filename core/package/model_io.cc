#include "package/model_io.h"

#include <algorithm>
#include <array>
#include <set>

namespace modelexport::package {
namespace {

struct Contract {
  std::string_view ort_class;
  std::string_view inputs;   ///< accepted, separated by spaces
  std::string_view outputs;  ///< all needed
};

constexpr std::string_view kText = "input_ids attention_mask token_type_ids";

constexpr std::array kContracts = {
    Contract{"ORTModelForFeatureExtraction",
             "input_ids attention_mask token_type_ids position_ids pixel_values visual_embeds "
             "visual_attention_mask visual_token_type_ids input_features input_values",
             "last_hidden_state"},
    Contract{"ORTModelForMaskedLM", kText, "logits"},
    Contract{"ORTModelForQuestionAnswering", kText, "start_logits end_logits"},
    Contract{"ORTModelForSequenceClassification", kText, "logits"},
    Contract{"ORTModelForTokenClassification", kText, "logits"},
    Contract{"ORTModelForMultipleChoice", kText, "logits"},
    Contract{"ORTModelForImageClassification", "pixel_values", "logits"},
    Contract{"ORTModelForSemanticSegmentation", "pixel_values", "logits"},
    Contract{"ORTModelForZeroShotImageClassification", "input_ids pixel_values attention_mask",
             "logits_per_text logits_per_image text_embeds image_embeds"},
    Contract{"ORTModelForImageToImage", "pixel_values", "reconstruction"},
    Contract{"ORTModelForAudioClassification", "input_values input_features attention_mask", "logits"},
    Contract{"ORTModelForCTC", "input_values input_features", "logits"},
    Contract{"ORTModelForAudioFrameClassification", "input_values", "logits"},
    Contract{"ORTModelForAudioXVector", "input_values", "logits embeddings"},
    Contract{"ORTModelForCausalLM", "input_ids attention_mask position_ids use_cache_branch", "logits"},
};

constexpr std::array<std::string_view, 4> kSeveral = {"ORTModelForSeq2SeqLM", "ORTModelForSpeechSeq2Seq",
                                                      "ORTModelForVision2Seq", "ORTModelForPix2Struct"};

bool is_cache_name(std::string_view name) {
  return name.find(".key") != std::string_view::npos || name.find(".value") != std::string_view::npos;
}

bool has_word(std::string_view words, std::string_view word) {
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::string> unknown_inputs(const Contract& contract, const ModelIo& io) {
  std::vector<std::string> out;
  for (const std::string& name : io.inputs) {
    const bool cache = contract.ort_class == "ORTModelForCausalLM" && is_cache_name(name);
    if (!cache && !has_word(contract.inputs, name)) out.push_back(name);
  }
  return out;
}

std::vector<std::string> missing_outputs(const Contract& contract, const ModelIo& io) {
  std::vector<std::string> out;
  const std::string_view words = contract.outputs;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    const std::string word(words.substr(at, end - at));
    if (!has(io.outputs, word)) out.push_back(word);
    at = end + 1;
  }
  return out;
}

}  // namespace

Result<ModelIo> read_io(const onnx::ModelView& model) {
  ModelIo io;
  std::set<std::string_view> initialized;
  for (const onnx::TensorView& tensor : model.graph().initializers) initialized.insert(tensor.name);
  for (const onnx::MessageRef& message : model.graph().inputs) {
    ME_TRY(onnx::ValueView value, model.value(message));
    if (initialized.count(value.name) == 0) io.inputs.push_back(std::move(value.name));
  }
  for (const onnx::MessageRef& message : model.graph().outputs) {
    ME_TRY(onnx::ValueView value, model.value(message));
    io.outputs.push_back(std::move(value.name));
  }
  io.has_cache = std::any_of(io.inputs.begin(), io.inputs.end(), is_cache_name) &&
                 std::any_of(io.outputs.begin(), io.outputs.end(), is_cache_name);
  return io;
}

std::string class_problem(std::string_view ort_class, const ModelIo& io) {
  const auto* contract = std::find_if(kContracts.begin(), kContracts.end(),
                                      [&](const Contract& row) { return row.ort_class == ort_class; });
  if (contract == kContracts.end()) return {};
  if (const auto unknown = unknown_inputs(*contract, io); !unknown.empty()) {
    return std::string(ort_class) + " does not feed the input " + joined(unknown);
  }
  if (const auto missing = missing_outputs(*contract, io); !missing.empty()) {
    return std::string(ort_class) + " needs the output " + joined(missing) + ", the model has " +
           joined(io.outputs);
  }
  return {};
}

ClassChoice class_for_io(const ModelIo& io) {
  struct Row {
    std::string_view task, ort_class;
  };
  static constexpr std::array kByOutputs = {
      Row{"question-answering", "ORTModelForQuestionAnswering"},
      Row{"zero-shot-image-classification", "ORTModelForZeroShotImageClassification"},
      Row{"feature-extraction", "ORTModelForFeatureExtraction"},
  };
  for (const Row& row : kByOutputs) {
    if (class_problem(row.ort_class, io).empty()) return {std::string(row.task), std::string(row.ort_class)};
  }
  return {"", "ORTModelForCustomTasks"};
}

bool takes_several_files(std::string_view ort_class) {
  return std::find(kSeveral.begin(), kSeveral.end(), ort_class) != kSeveral.end();
}

}  // namespace modelexport::package
