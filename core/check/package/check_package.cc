#include "modelexport/check_package.h"

#include <algorithm>

#include "check/findings.h"
#include "check/package/classes.h"
#include "check/package/component_files.h"
#include "check/package/manifest_rules.h"
#include "check/package/rules.h"
#include "modelexport/stamp.h"

namespace modelexport::check {
namespace {

namespace r = package_rules;
using json::Json;

constexpr std::uint64_t kMostConfig = 16ULL << 20;

bool has(const std::vector<components::FileEntry>& files, std::string_view path) {
  return std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.path == path; });
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_cache(std::string_view name) {
  return name.find(".key") != std::string_view::npos || name.find(".value") != std::string_view::npos;
}

const onnx::ValueView* find_value(const std::vector<onnx::ValueView>& values, std::string_view name) {
  for (const onnx::ValueView& value : values)
    if (value.name == name) return &value;
  return nullptr;
}

const std::int64_t* fixed_size(const onnx::ValueView& value, std::size_t axis) {
  return axis < value.shape.size() ? std::get_if<std::int64_t>(&value.shape[axis]) : nullptr;
}

class PackageCheck {
 public:
  PackageCheck(const components::SourceTree& tree, const std::vector<PackageModel>& models,
               Findings& findings)
      : tree_(tree), files_(tree.list()), models_(models), findings_(findings) {}

  void run() {
    read_config();
    check_component_files(tree_, findings_);
    check_preprocessors();
    check_data_names();
    if (config_) check_classes();
    const std::string name = tree_.name();
    if (std::count(name.begin(), name.end(), '@') == 1)
      add(r::kAtSign, "the path " + in_quotes(name) + " has one @ in it", "");
    if (wants_js()) check_js();
  }

 private:
  Finding& add(const Rule& rule, std::string message, std::string path, std::string field = {}) {
    Finding& finding = findings_.add(rule, std::move(message));
    if (!path.empty()) finding.where.path = tree_.name() + "/" + path;
    finding.where.field = std::move(field);
    return finding;
  }

  [[nodiscard]] bool wants_js() const {
    if (findings_.options().readers.has(Reader::transformers_js)) return true;
    return std::any_of(models_.begin(), models_.end(),
                       [](const PackageModel& model) { return model.path.starts_with("onnx/"); });
  }

  void read_config() {
    if (!has(files_, "config.json")) {
      if (!has(files_, "model_index.json"))
        add(r::kNoConfig, "Config.json not found: the package has no config.json", "");
      return;
    }
    const auto text = tree_.read("config.json", kMostConfig);
    const auto config = text ? json::parse_python(*text, findings_.options().limits, "config.json")
                             : Result<Json>(fail(text));
    if (!config || !config->is_object()) {
      const std::string problem = config ? "config.json is no JSON object" : config.error().message;
      Finding& finding = add(r::kBadDocument, problem, "config.json");
      if (is_doubled_key(problem)) finding.refused_by = {};
      return;
    }
    if (text->starts_with("\xEF\xBB\xBF"))
      add(r::kBadDocument, "config.json begins with a byte order mark", "config.json");
    check_label_keys(*config);
    config_ = *config;
    model_type_ = std::string(json::find_string(*config_, "model_type").value_or(""));
    const bool timm = json::find(*config_, "pretrained_cfg") != nullptr;
    if (model_type_.empty() && !timm) add(r::kNoModelType, "config.json names no model_type", "config.json");
    if (json::find(*config_, "architecture") != nullptr && !timm)
      add(r::kTimmKey, "config.json has the key architecture", "config.json", "architecture");
    const bool own_code = json::find(*config_, "auto_map") != nullptr;
    if (!model_type_.empty() && !timm && !is_known_model_type(model_type_)) {
      Finding& finding = add(r::kUnknownType,
                             "transformers does not know the model_type " + in_quotes(model_type_) +
                                 (own_code ? ": it is opened with trust_remote_code=True only" : ""),
                             "config.json", "model_type");
      if (own_code) finding.refused_by = {};
    }
    if (own_code) add(r::kRemoteCode, "config.json refers to Python code", "config.json", "auto_map");
  }

  /// transformers makes numbers of id2label's keys when it reads the file.
  void check_label_keys(const Json& config) {
    const Json* names = json::find(config, "id2label");
    if (names == nullptr || !names->is_object()) return;
    for (const auto& [key, name] : json::members(*names)) {
      if (!key.empty() && key.find_first_not_of("0123456789") == std::string::npos) continue;
      add(r::kBadDocument, "id2label has the key " + in_quotes(key) + ", which is no number", "config.json",
          "id2label");
      return;
    }
  }

  [[nodiscard]] bool any_input(std::initializer_list<std::string_view> names) const {
    for (const PackageModel& model : models_)
      for (const std::string_view name : names)
        if (find_value(model.inputs, name)) return true;
    return false;
  }

  void check_preprocessors() {
    static constexpr std::string_view kTokenizers[] = {
        "tokenizer.json",          "vocab.txt",  "vocab.json",     "tokenizer.model",    "spiece.model",
        "sentencepiece.bpe.model", "source.spm", "tiktoken.model", "tokenizer.tiktoken", "bpe.codes"};
    const bool tokenizer = std::any_of(std::begin(kTokenizers), std::end(kTokenizers),
                                       [&](std::string_view name) { return has(files_, name); });
    if (!tokenizer && any_input({"input_ids", "decoder_input_ids"}))
      add(r::kNoTokenizer, "the model takes token ids, but there is no tokenizer", "");
    const bool processor = has(files_, "preprocessor_config.json") || has(files_, "processor_config.json");
    if (!processor && any_input({"pixel_values", "input_values", "input_features"}))
      add(r::kNoProcessor, "the model takes images or audio, but there is no preprocessor_config.json", "");
  }

  void check_data_names() {
    for (const PackageModel& model : models_) {
      const std::string wanted = std::string(base_name(model.path)) + "_data";
      for (const std::string& location : model.data_files)
        if (location != wanted)
          add(r::kDataNames, "the data file " + in_quotes(location) + " is not called " + wanted, model.path);
    }
  }

  /// The model that a class of one file loads.
  const PackageModel* single_model() {
    const PackageModel* found = nullptr;
    std::size_t others = 0;
    for (const PackageModel& model : models_) {
      if (base_name(model.path) == "model.onnx" &&
          (found == nullptr || base_name(found->path) != "model.onnx")) {
        found = &model;
      } else {
        if (found == nullptr) found = &model;
        ++others;
      }
    }
    if (found != nullptr && base_name(found->path) != "model.onnx" && models_.size() > 1)
      add(r::kSeveralModels, std::to_string(models_.size()) + " models, and none is called model.onnx", "");
    return found;
  }

  void check_classes() {
    std::vector<std::string> architectures;
    if (const Json* list = json::find(*config_, "architectures"))
      for (const Json& item : json::elements(*list))
        if (item.is_string()) architectures.push_back(item.get<std::string>());
    components::TaskGuess guess = components::task_from_config(model_type_, architectures);
    // What a model was made for counts more than what its checkpoint was trained for.
    const bool stamped = models_.size() == 1 && models_.front().stamped;
    if (stamped && !models_.front().task.empty()) {
      guess.task = models_.front().task;
      guess.ort_class = components::ort_class_for_task(guess.task, model_type_);
    }
    no_task_ = stamped && models_.front().task.empty();
    if (guess.ort_class == "ORTModelForSeq2SeqLM" || guess.ort_class == "ORTModelForSpeechSeq2Seq" ||
        guess.ort_class == "ORTModelForVision2Seq" || guess.ort_class == "ORTModelForPix2Struct")
      return check_parts(guess.ort_class);
    const PackageModel* model = single_model();
    const OrtClass* ort_class = find_ort_class(guess.ort_class);
    if (model == nullptr || ort_class == nullptr) return;
    check_io(*model, *ort_class);
    if (guess.ort_class == "ORTModelForCausalLM") check_cache(*model);
    if (guess.ort_class == "ORTModelForSequenceClassification" ||
        guess.ort_class == "ORTModelForImageClassification" ||
        guess.ort_class == "ORTModelForTokenClassification")
      check_labels(*model);
  }

  void check_parts(std::string_view ort_class) {
    const auto any = [&](std::string_view a, std::string_view b) {
      return std::any_of(models_.begin(), models_.end(), [&](const PackageModel& model) {
        const std::string_view name = base_name(model.path);
        return name.find(a) != std::string_view::npos &&
               (b.empty() || name.find(b) != std::string_view::npos);
      });
    };
    const bool merged = any("decoder", "merged");
    const bool pair = any("decoder", "with_past") && any("decoder_model.onnx", "");
    std::string missing;
    if (!any("encoder", "")) missing = "encoder_model.onnx";
    if (!merged && !pair)
      missing += (missing.empty() ? "" : " and ") + std::string("decoder_model_merged.onnx");
    if (!missing.empty()) add(r::kMissingParts, std::string(ort_class) + " lacks " + missing, "");
  }

  void check_io(const PackageModel& model, const OrtClass& ort_class) {
    const auto accepted = [&](std::string_view name) {
      const bool decoder = ort_class.name == "ORTModelForCausalLM" && is_cache(name);
      return decoder ||
             std::find(ort_class.inputs.begin(), ort_class.inputs.end(), name) != ort_class.inputs.end();
    };
    for (const onnx::ValueView& input : model.inputs) {
      if (!accepted(input.name))
        misfit(r::kInputs, std::string(ort_class.name) + " does not give the input " + in_quotes(input.name),
               model.path, "graph.input");
      if (const std::int64_t* batch = fixed_size(input, 0); batch != nullptr && input.shape.size() > 1)
        add(r::kStaticBatch,
            "the batch size of " + in_quotes(input.name) + " is fixed to " + std::to_string(*batch),
            model.path, "graph.input");
    }
    for (const std::string_view name : ort_class.outputs) {
      if (find_value(model.outputs, name) != nullptr) continue;
      // Sentence embeddings are another library's outputs.
      if (name == "last_hidden_state" && find_value(model.outputs, "sentence_embedding")) continue;
      misfit(
          r::kOutputs,
          std::string(ort_class.name) + " returns " + std::string(name) + ", which the model does not have",
          model.path, "graph.output");
    }
  }

  /// A stamp without task claims no class: the general one opens the model, whatever its values are called.
  void misfit(const Rule& rule, std::string message, const std::string& path, const std::string& field) {
    if (no_task_) message += "; ORTModelForCustomTasks opens it";
    Finding& finding = add(rule, std::move(message), path, field);
    if (no_task_) finding.refused_by = {};
  }

  void check_labels(const PackageModel& model) {
    const onnx::ValueView* logits = find_value(model.outputs, "logits");
    const Json* names = json::find(*config_, "id2label");
    if (logits == nullptr || logits->shape.empty() || names == nullptr || !names->is_object()) return;
    const std::int64_t* size = fixed_size(*logits, logits->shape.size() - 1);
    if (size == nullptr || *size == static_cast<std::int64_t>(names->size())) return;
    add(r::kLabels,
        "logits has " + std::to_string(*size) + " classes, config.json names " +
            std::to_string(names->size()),
        model.path, "graph.output");
  }

  void check_cache(const PackageModel& model) {
    std::vector<std::string> past;
    std::vector<std::string> present;
    for (const onnx::ValueView& input : model.inputs)
      if (is_cache(input.name)) past.push_back(input.name.substr(input.name.find('.')));
    for (const onnx::ValueView& output : model.outputs)
      if (is_cache(output.name)) present.push_back(output.name.substr(output.name.find('.')));
    if (past.empty()) {
      add(r::kNoCache, "the decoder has no key/value cache", model.path, "graph.input");
      return;
    }
    if (past != present)
      add(r::kCacheOrder, "the cache's inputs and outputs are not in the same order", model.path,
          "graph.output");
    const CacheSizes sizes = cache_sizes(model_type_, *config_);
    for (const onnx::ValueView& input : model.inputs) {
      if (!is_cache(input.name) || input.shape.size() != 4) continue;
      const bool key = input.name.find(".key") != std::string::npos;
      const auto wanted = key ? sizes.key_size : sizes.value_size;
      const std::int64_t* heads = fixed_size(input, 1);
      const std::int64_t* size = fixed_size(input, 3);
      const bool differs =
          (heads && sizes.heads && *heads != *sizes.heads) || (size && wanted && *size != *wanted);
      if (!differs) continue;
      add(r::kCacheSize,
          in_quotes(input.name) + " has " + (heads ? std::to_string(*heads) : "?") + " heads of " +
              (size ? std::to_string(*size) : "?") + ", Optimum computes " +
              (sizes.heads ? std::to_string(*sizes.heads) : "?") + " of " +
              (wanted ? std::to_string(*wanted) : "?"),
          model.path, "graph.input");
      return;
    }
  }

  void check_js() {
    const bool layout = std::any_of(models_.begin(), models_.end(), [](const PackageModel& model) {
      return model.path.starts_with("onnx/") && model.path.find('/', 5) == std::string::npos;
    });
    if (!layout) add(r::kJsLayout, "there is no model in the directory onnx", "");
    if (any_input({"input_ids", "decoder_input_ids"})) {
      for (const std::string_view name : {"tokenizer.json", "tokenizer_config.json"})
        if (!has(files_, name)) add(r::kJsTokenizer, std::string(name) + " is missing", "");
    }
    if (has(files_, "chat_template.jinja")) {
      const auto text = tree_.read("tokenizer_config.json", kMostConfig);
      if (!text || text->find("\"chat_template\"") == std::string::npos)
        add(r::kJsTemplate, "the chat template is only in chat_template.jinja", "chat_template.jinja");
    }
    const Json* own = config_ ? json::find(*config_, "transformers.js_config") : nullptr;
    const bool quantized = std::any_of(models_.begin(), models_.end(), [](const PackageModel& model) {
      return model.path.find("_quantized") != std::string::npos;
    });
    if (layout && !quantized && (own == nullptr || json::find(*own, "dtype") == nullptr))
      add(r::kJsQuantized, "there is no quantized model, and no dtype is set", "config.json");
  }

  const components::SourceTree& tree_;
  const std::vector<components::FileEntry>& files_;
  const std::vector<PackageModel>& models_;
  Findings& findings_;
  std::optional<Json> config_;
  std::string model_type_;
  bool no_task_ = false;
};

}  // namespace

Result<PackageModel> read_package_model(const ByteSource& source, std::string path, const Limits& limits) {
  ME_TRY(const onnx::ModelView view, onnx::ModelView::open(source, limits));
  PackageModel model;
  model.path = std::move(path);
  std::vector<std::string> initializers;
  for (const onnx::TensorView& tensor : view.graph().initializers) initializers.push_back(tensor.name);
  std::sort(initializers.begin(), initializers.end());
  for (const onnx::MessageRef& message : view.graph().inputs) {
    ME_TRY(onnx::ValueView value, view.value(message));
    if (!std::binary_search(initializers.begin(), initializers.end(), value.name))
      model.inputs.push_back(std::move(value));
  }
  for (const onnx::MessageRef& message : view.graph().outputs) {
    ME_TRY(onnx::ValueView value, view.value(message));
    model.outputs.push_back(std::move(value));
  }
  stamp::Entries entries;
  for (const onnx::MetadataEntry& entry : view.header().metadata)
    entries.emplace_back(entry.key, entry.value);
  const stamp::Stamp stamp = stamp::read(entries);
  model.stamped = stamp.kind != stamp::Kind::unknown;
  model.task = stamp.task;
  ME_TRY(const auto files, onnx::external_files(view, onnx::ExternalScope::initializers));
  for (const onnx::ExternalFile& file : files) model.data_files.push_back(file.location);
  return model;
}

bool is_package(const std::vector<components::FileEntry>& files) {
  const bool described =
      has(files, "config.json") || has(files, "modelexport.json") || has(files, "tokenizer.json");
  return described && std::any_of(files.begin(), files.end(), [](const components::FileEntry& file) {
           return file.path.ends_with(".onnx") &&
                  (file.path.find('/') == std::string::npos || file.path.starts_with("onnx/"));
         });
}

Report check_package(const components::SourceTree& tree, const std::vector<PackageModel>& models,
                     const Options& options) {
  Report report;
  report.path = tree.name();
  report.kind = "package";
  Findings findings(options);
  PackageCheck(tree, models, findings).run();
  check_manifest(tree, findings);
  report.findings = findings.take();
  report.verdict = verdict_of(report.findings);
  return report;
}

}  // namespace modelexport::check
