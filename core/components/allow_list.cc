#include "components/allow_list.h"

#include <algorithm>
#include <array>

#include "modelexport/components.h"

namespace modelexport::components {
namespace {

struct Rule {
  std::string_view pattern;
  std::string_view group;
};

constexpr std::array kTokenizer = {
    "tokenizer.json",
    "tokenizer.*.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "vocab-src.json",
    "vocab-tgt.json",
    "target_vocab.json",
    "merges.txt",
    "bpe.codes",
    "dict.txt",
    "entity_vocab.json",
    "emoji.json",
    "word_shape.json",
    "normalizer.json",
    "byte_maps.json",
    "spiece.model",
    "word_pronunciation.json",
    "spm.model",
    "spm_char.model",
    "sentencepiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
    "tokenizer.model.v*",
    "tiktoken.model",
    "*.tiktoken",
    "tekken.json",
    "source.spm",
    "target.spm",
    "prophetnet.tokenizer",
};

constexpr std::array kTemplates = {"chat_template.jinja", "chat_template.json",
                                   "additional_chat_templates/*.jinja"};

constexpr std::array kRoot = {
    Rule{"config.json", "config"},
    Rule{"generation_config.json", "generation"},
    Rule{"preprocessor_config.json", "preprocessor"},
    Rule{"video_preprocessor_config.json", "preprocessor"},
    Rule{"processor_config.json", "processor"},
    Rule{"audio_tokenizer_config.json", "processor"},
    Rule{"alphabet.json", "processor"},
    Rule{"speaker_embeddings_path.json", "processor"},
    Rule{"modules.json", "sentence-transformers"},
    Rule{"config_sentence_transformers.json", "sentence-transformers"},
    Rule{"sentence_*_config.json", "sentence-transformers"},
};

/// Compared without case.
constexpr std::array kLicense = {
    "license",  "license.*", "license-*", "license_*",  "licence",      "licence.*",           "notice",
    "notice.*", "copying",   "copying.*", "use_policy", "use_policy.*", "third_party_notices*"};

constexpr std::array kWeights = {
    "*.bin",        "*.safetensors", "*.pt",      "*.pth",    "*.ckpt",       "*.h5",   "*.msgpack",
    "*.ot",         "*.gguf",        "*.ggml",    "*.tflite", "*.npz",        "*.onnx", "*.ort",
    "*.onnx_data*", "*.onnx.data",   "*.pt2",     "*.engine", "*.index.json", "*.pkl",  "*.pickle",
    "*.joblib",     "model.ckpt.*",  "*.mlmodel", "*.data"};
constexpr std::array kTraining = {"optimizer*",
                                  "rank*-of-*-optimizer.pt",
                                  "scheduler.pt",
                                  "scaler.pt",
                                  "rng_state*.pth",
                                  "training_args.*",
                                  "trainer_state.json",
                                  "*_results.json",
                                  "checkpoint-is-incomplete.txt",
                                  "events.out.*",
                                  "latest",
                                  "zero_to_fp32.py",
                                  "adapter_config.json"};
constexpr std::array kSecrets = {
    ".env*", "*.pem",      "*.key",        "id_rsa*",  "id_ed25519*",  ".netrc", "_netrc", ".git-credentials",
    "token", "*token.txt", "credentials*", "secrets*", "stored_tokens"};
constexpr std::array kVersionControl = {".git", ".gitattributes", ".gitignore", ".gitmodules", ".hg", ".svn"};
constexpr std::array kTrainingDirectories = {
    "runs", "wandb", "mlruns", "logs", "checkpoint-*", "global_step*", "optimizer_*", "pytorch_model_fsdp*"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

template <class List>
bool any_match(const List& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const char* p) { return glob_match(p, text); });
}

std::string_view last_part(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos && text[retry] != '/') {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_safe_path(std::string_view path) {
  if (path.empty() || path.size() > 1024) return false;
  if (path.size() > 1 && path[1] == ':') return false;
  if (std::any_of(path.begin(), path.end(),
                  [](char c) { return c == '\\' || c == 0x7f || static_cast<unsigned char>(c) < 0x20; })) {
    return false;
  }
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = end + 1;
  }
  return true;
}

bool is_weights(std::string_view path) { return any_match(kWeights, last_part(path)); }

bool is_tokenizer_directory(std::string_view name) {
  constexpr std::string_view kSuffix = "_tokenizer";
  return name.size() > kSuffix.size() && name.substr(name.size() - kSuffix.size()) == kSuffix;
}

std::string_view component_group(std::string_view path) {
  if (!is_safe_path(path)) return {};
  if (any_match(kTokenizer, path)) return "tokenizer";
  if (any_match(kTemplates, path)) return "chat-template";
  if (any_match(kLicense, lower(path))) return "license";
  for (const Rule& rule : kRoot) {
    if (glob_match(rule.pattern, path)) return rule.group;
  }
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view below = path.substr(slash + 1);
  if (is_tokenizer_directory(path.substr(0, slash)) &&
      (any_match(kTokenizer, below) || any_match(kTemplates, below))) {
    return "tokenizer";
  }
  return {};
}

std::string left_out_reason(std::string_view path) {
  const std::string_view first = path.substr(0, path.find('/'));
  const std::string_view name = last_part(path);
  if (!is_safe_path(path)) return "unsafe name";
  if (any_match(kVersionControl, first)) return "version control";
  if (any_match(kSecrets, lower(name))) return "possible secret";
  if (any_match(kTrainingDirectories, first) || any_match(kTraining, name)) return "training state";
  if (is_weights(name)) return "weights";
  if (first.front() == '.' || first == "__pycache__") return "hidden or cache file";
  if (glob_match("*.py", name)) return "Python code";
  if (lower(name) == "readme.md") return "model card";
  return "no component";
}

bool is_lfs_pointer(std::string_view text) {
  constexpr std::string_view kStart = "version https://git-lfs";
  return text.size() < 1024 && text.substr(0, kStart.size()) == kStart;
}

bool holds_token(std::string_view text) {
  constexpr std::size_t kLength = 34;  // characters after "hf_"
  for (std::size_t at = text.find("hf_"); at != std::string_view::npos; at = text.find("hf_", at + 1)) {
    if (at > 0 && (is_token_char(text[at - 1]) || text[at - 1] == '_')) continue;
    std::size_t end = at + 3;
    while (end < text.size() && is_token_char(text[end])) ++end;
    if (end - at - 3 == kLength) return true;
  }
  return false;
}

}  // namespace modelexport::components
