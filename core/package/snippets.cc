#include "package/snippets.h"

#include <algorithm>
#include <array>

#include "components/json_members.h"
#include "result/shell_word.h"

namespace modelexport::package {
namespace {

constexpr std::array<std::string_view, 21> kPipelines = {"text-classification",
                                                         "token-classification",
                                                         "question-answering",
                                                         "fill-mask",
                                                         "text2text-generation",
                                                         "text-generation",
                                                         "zero-shot-classification",
                                                         "audio-classification",
                                                         "zero-shot-audio-classification",
                                                         "automatic-speech-recognition",
                                                         "image-to-text",
                                                         "image-classification",
                                                         "image-segmentation",
                                                         "background-removal",
                                                         "zero-shot-image-classification",
                                                         "object-detection",
                                                         "zero-shot-object-detection",
                                                         "document-question-answering",
                                                         "image-to-image",
                                                         "depth-estimation",
                                                         "feature-extraction"};
struct Same {
  std::string_view task, pipeline;
};
constexpr std::array kSame = {
    Same{"semantic-segmentation", "image-segmentation"},
    Same{"summarization", "summarization"},
    Same{"translation", "translation"},
    Same{"sentence-similarity", "feature-extraction"},
    Same{"text-to-audio", "text-to-audio"},
};

std::string without_past(std::string_view task) {
  constexpr std::string_view kPast = "-with-past";
  if (task.size() > kPast.size() && task.substr(task.size() - kPast.size()) == kPast)
    task.remove_suffix(kPast.size());
  return std::string(task);
}

/// Where a zip's content goes: its name without the ending.
std::string directory_of(const SnippetFacts& facts) {
  if (!facts.zip) return facts.output;
  const std::size_t dot = facts.output.rfind('.');
  return facts.output.substr(0, dot);
}

struct Loader {
  std::string_view component, name, transformers_class;
};
constexpr std::array kLoaders = {
    Loader{"processor", "processor", "AutoProcessor"},
    Loader{"tokenizer", "tokenizer", "AutoTokenizer"},
    Loader{"image_processor", "image_processor", "AutoImageProcessor"},
    Loader{"feature_extractor", "feature_extractor", "AutoFeatureExtractor"},
};

std::string python_snippet(const SnippetFacts& facts, const std::string& directory) {
  if (facts.ort_class.empty()) return {};
  const std::string quoted = components::json_quoted(directory);
  std::string options = quoted;
  if (!facts.use_cache) options += ", use_cache=False, use_io_binding=False";
  if (facts.trust_remote_code) options += ", trust_remote_code=True";
  std::string text;
  if (facts.zip) {
    text += "import zipfile\nzipfile.ZipFile(" + components::json_quoted(facts.output) + ").extractall(" +
            quoted + ")\n";
  }
  text += "from optimum.onnxruntime import " + facts.ort_class + "\n";
  text += "model = " + facts.ort_class + ".from_pretrained(" + options + ")";
  for (const Loader& loader : kLoaders) {
    if (std::find(facts.preprocessors.begin(), facts.preprocessors.end(), loader.component) ==
        facts.preprocessors.end()) {
      continue;
    }
    text += "\nfrom transformers import " + std::string(loader.transformers_class) + "\n" +
            std::string(loader.name) + " = " + std::string(loader.transformers_class) + ".from_pretrained(" +
            quoted + (facts.trust_remote_code ? ", trust_remote_code=True" : "") + ")";
    if (loader.component == "processor") break;  // it holds the others
  }
  return text;
}

/// transformers.js opens these types as encoder and decoder only; one half alone (T5EncoderModel, Whisper's
/// encoder with a head) has no class of its own there, but the base class runs it.
bool is_half_of_a_pair(const SnippetFacts& facts) {
  constexpr std::array<std::string_view, 9> kPairs = {"t5",     "longt5",  "mt5",     "bart",      "mbart",
                                                      "marian", "whisper", "m2m_100", "blenderbot"};
  const bool listed = std::find(kPairs.begin(), kPairs.end(), facts.model_type) != kPairs.end();
  return facts.whole && listed &&
         (facts.task == "feature-extraction" || facts.task == "audio-classification");
}

std::string base_class_snippet(const SnippetFacts& facts, const std::string& quoted) {
  std::string classes;
  std::string lines;
  for (const Loader& loader : kLoaders) {
    if (std::find(facts.preprocessors.begin(), facts.preprocessors.end(), loader.component) ==
        facts.preprocessors.end()) {
      continue;
    }
    const bool text = loader.component == "tokenizer";
    classes = text ? "AutoTokenizer, " : "AutoProcessor, ";
    lines = std::string("\nconst ") +
            (text ? "tokenizer = await AutoTokenizer" : "processor = await AutoProcessor") +
            ".from_pretrained(" + quoted + ");";
    break;
  }
  return "import { " + classes +
         "PreTrainedModel, env } from \"@huggingface/transformers\";\nenv.allowRemoteModels = false;" +
         lines + "\nconst model = await PreTrainedModel.from_pretrained(" + quoted + ");";
}

std::string javascript_snippet(const SnippetFacts& facts, std::string directory) {
  const std::string pipeline = web_pipeline(facts.task);
  const bool generates = pipeline == "text-generation" && !facts.use_cache;
  if (!facts.web || generates) return {};
  const bool absolute = !directory.empty() && directory.front() == '/';
  if (!absolute && directory.substr(0, 2) != "./" && directory.substr(0, 3) != "../") {
    directory.insert(0, "./");
  }
  const std::string quoted = components::json_quoted(directory);
  std::string text;
  if (facts.zip) {
    text += "// after: unzip " + shell_word(facts.output) + " -d " + shell_word(directory_of(facts)) + "\n";
  }
  if (is_half_of_a_pair(facts)) return text + base_class_snippet(facts, quoted);
  if (pipeline.empty()) {
    return text + "import { AutoModel, env } from \"@huggingface/transformers\";\n" +
           "env.allowRemoteModels = false;\nconst model = await AutoModel.from_pretrained(" + quoted + ");";
  }
  text += "import { pipeline, env } from \"@huggingface/transformers\";\nenv.allowRemoteModels = false;\n";
  text += "const run = await pipeline(" + components::json_quoted(pipeline) + ", " + quoted + ");";
  if (pipeline == "feature-extraction" && !facts.pooling.empty()) {
    text +=
        "\nconst output = await run(\"Hello world\", { pooling: " + components::json_quoted(facts.pooling) +
        ", normalize: " + (facts.normalize ? "true" : "false") + " });";
  }
  return text;
}

}  // namespace

std::string web_pipeline(std::string_view task) {
  const std::string plain = without_past(task);
  for (const Same& row : kSame) {
    if (row.task == plain) return std::string(row.pipeline);
  }
  const auto found = std::find(kPipelines.begin(), kPipelines.end(), plain);
  return found == kPipelines.end() ? std::string() : std::string(*found);
}

std::string_view web_parts(std::string_view task, std::string_view model_type) {
  if (model_type.substr(0, 3) == "sam" || model_type == "edgetam")
    return "vision_encoder.onnx and prompt_encoder_mask_decoder.onnx";
  const std::string plain = without_past(task);
  const bool listens =
      plain == "automatic-speech-recognition" &&
      (model_type == "whisper" || model_type == "moonshine" || model_type == "speech_to_text");
  for (const std::string_view generating :
       {"text2text-generation", "summarization", "translation", "image-to-text"}) {
    if (plain == generating || listens) return "encoder_model.onnx and decoder_model_merged.onnx";
  }
  return {};
}

Snippets make_snippets(const SnippetFacts& facts) {
  const std::string directory = directory_of(facts);
  return {python_snippet(facts, directory), javascript_snippet(facts, directory)};
}

}  // namespace modelexport::package
