// plan_components: allow-list, then references, then edits.
#include <algorithm>
#include <map>
#include <set>

#include "components/allow_list.h"
#include "components/closure.h"
#include "components/documents.h"
#include "components/facts.h"
#include "components/leaks.h"
#include "modelexport/components.h"
#include "result/shell_word.h"

namespace modelexport::components {
namespace {

constexpr std::uint64_t kSmall = 1024;  // LFS pointers are smaller
constexpr std::uint64_t kMaxCode = 4ULL << 20;
constexpr std::uint64_t kMaxSideWeights = 64ULL << 20;

class Planner {
 public:
  Planner(const SourceTree& tree, const PlanOptions& options) : tree_(tree), options_(options) {}

  Result<ComponentPlan> run() {
    for (const FileEntry& file : tree_.list()) files_.emplace(file.path, &file);
    for (const auto& [path, file] : files_) paths_.insert(path);
    ME_CHECK(require_config());
    for (const auto& [path, file] : files_) {
      if (const std::string_view group = component_group(path); !group.empty()) {
        ME_CHECK(take(*file, std::string(group)));
      }
    }
    ME_CHECK(take_references());
    ME_TRY(plan_.facts, read_facts(documents_, options_));
    ME_CHECK(take_code());
    describe();
    finish();
    return std::move(plan_);
  }

 private:
  void warn(ErrorCode code, std::string message, std::string path, std::string hint) {
    Where where;
    where.path = std::move(path);
    plan_.warnings.push_back(
        Diagnostic{code, Severity::warning, std::move(message), std::move(where), std::move(hint)});
  }

  Status require_config() {
    if (files_.count("config.json") != 0) return {};
    const Where where{.path = tree_.name()};
    if (files_.count("adapter_config.json") != 0) {
      return fail(ErrorCode::pack_adapter, tree_.name() + " holds an adapter and no model.", where,
                  "Merge it into its base model (merge_and_unload), save that, and name its directory.");
    }
    if (files_.count("model_index.json") != 0) {
      return fail(ErrorCode::pack_diffusers, tree_.name() + " holds a diffusers pipeline.", where,
                  "Name the directory of one of its models, for example " + tree_.name() + "/unet.");
    }
    std::string hint =
        "Name the directory that holds config.json with --source, or put the file beside the model.";
    for (const auto& [path, file] : files_) {
      if (glob_match("checkpoint-*/config.json", path)) {
        hint = "This is a trainer's output; name one of its checkpoints: --source " +
               shell_word(tree_.name() + "/" + path.substr(0, path.find('/')));
      }
    }
    return fail(ErrorCode::pack_no_config, "Config.json not found for local model in " + tree_.name() + ".",
                where, std::move(hint));
  }

  Status check_link(const FileEntry& file) const {
    if (file.link == Link::broken) {
      return fail(ErrorCode::pack_link, file.path + " is a link that leads nowhere.", {.path = file.path},
                  "Restore the file it points to, or remove the link.");
    }
    if (file.link == Link::outside) {
      return fail(ErrorCode::pack_outside, file.path + " is a link that leads outside the model's directory.",
                  {.path = file.path}, "Replace the link by a copy of the file.");
    }
    return {};
  }

  Status take(const FileEntry& file, std::string reason) {
    if (planned_.count(file.path) != 0) return {};
    ME_CHECK(check_link(file));
    PlannedFile planned;
    planned.path = file.path;
    planned.size = file.size;
    planned.reason = std::move(reason);
    if (is_configuration(file.path)) {
      ME_TRY(Document document, read_document(tree_, file, options_, plan_.warnings));
      if (file.path == "modules.json" && !is_module_list(document.value)) return {};
      if (file.path == "modules.json" && !is_sentence_modules(document.value))
        return {};  // another program's file
      clean_into(planned, document);
      documents_.emplace(file.path, std::move(document));
    } else if (file.size < kSmall) {
      ME_CHECK(check_small(file));
    }
    planned_.emplace(file.path, std::move(planned));
    return {};
  }

  Status check_small(const FileEntry& file) const {
    ME_TRY(const std::string text, tree_.read(file.path, kSmall));
    if (!is_lfs_pointer(text)) return {};
    return fail(ErrorCode::pack_lfs_pointer, file.path + " is a Git LFS pointer, not the file itself.",
                {.path = file.path}, "Run `git lfs pull` in the model's directory.");
  }

  void clean_into(PlannedFile& planned, const Document& document) {
    Cleaned cleaned = clean(planned.path, document.text, options_.keep_paths, options_.limits.depth);
    for (Diagnostic& leak : cleaned.warnings) plan_.warnings.push_back(std::move(leak));
    if (cleaned.edits.empty()) return;
    planned.action = Action::write;
    planned.edits = std::move(cleaned.edits);
    planned.text = std::move(cleaned.text);
    planned.size = planned.text.size();
  }

  Status take_references() {
    for (const Reference& reference : references(documents_, paths_)) {
      if (!is_safe_path(reference.path)) {
        return fail(ErrorCode::pack_outside,
                    reference.named_by + " names '" + reference.path +
                        "', which is not inside the model's directory.",
                    {.path = reference.named_by}, "Correct the file name in the source.");
      }
      const auto found = files_.find(reference.path);
      if (found == files_.end()) {
        if (reference.required) {
          warn(ErrorCode::pack_named_missing,
               reference.named_by + " names " + reference.path + ", which is missing.", reference.named_by,
               "Copy the file from the model's source.");
        }
        continue;
      }
      const bool refused = is_weights(reference.path) && !reference.weights;
      if (refused || (reference.weights && found->second->size > kMaxSideWeights &&
                      reference.named_by == "modules.json")) {
        continue;  // stays among what is left out, as weights
      }
      ME_CHECK(take(*found->second, "named by " + reference.named_by));
    }
    return {};
  }

  Status take_code() {
    const CodeReferences code = code_references(documents_);
    plan_.facts.needs_remote_code = !code.modules.empty() || !code.foreign.empty();
    if (!plan_.facts.needs_remote_code) return {};
    for (const std::string& foreign : code.foreign) {
      warn(ErrorCode::pack_custom_code, "auto_map refers to code of another repository: " + foreign + ".",
           "config.json", "The package cannot be loaded offline with trust_remote_code.");
    }
    if (code.modules.empty()) return {};
    if (!options_.trust_remote_code) {
      warn(ErrorCode::pack_custom_code,
           "auto_map names Python code (" + code.modules.front() + "); it is left out.", "config.json",
           "Only loaders that know the model_type open the package without it. --trust-remote-code takes it "
           "along.");
      return {};
    }
    std::vector<std::string> open = code.modules;
    while (!open.empty()) {
      const std::string path = std::move(open.back());
      open.pop_back();
      const auto found = files_.find(path);
      if (!is_safe_path(path) || found == files_.end()) {
        warn(ErrorCode::pack_named_missing, "The code refers to " + path + ", which is missing.", path,
             "Copy the file from the model's source.");
        continue;
      }
      if (planned_.count(path) != 0) continue;
      ME_CHECK(take(*found->second, "code named by auto_map"));
      ME_TRY(const std::string text, tree_.read(path, kMaxCode));
      for (std::string& import : relative_imports(text)) {
        if (planned_.count(import) == 0) open.push_back(std::move(import));
      }
    }
    return {};
  }

  [[nodiscard]] bool has_tokenizer() const {
    return std::any_of(planned_.begin(), planned_.end(), [](const auto& entry) {
      return component_group(entry.first) == "tokenizer" && entry.first.find('/') == std::string::npos;
    });
  }

  /// Vocabularies of two families: the loader's class takes one, the other is a leftover.
  void warn_about_second_tokenizer() {
    const auto has = [this](std::string_view name) { return planned_.count(std::string(name)) != 0; };
    const std::string type = text_in(documents_, "tokenizer_config.json", "tokenizer_class");
    // These classes read both of their files.
    const bool pair = type.substr(0, 12) == "BertJapanese" || type.substr(0, 6) == "ErnieM";
    std::vector<std::string_view> found;
    if (has("vocab.txt")) found.push_back("vocab.txt");
    if (has("merges.txt") && has("vocab.json")) found.push_back("vocab.json with merges.txt");
    for (const std::string_view name : {"spiece.model", "sentencepiece.bpe.model", "tokenizer.model"})
      if (!pair && has(name)) found.push_back(name);
    if (found.size() < 2) return;
    warn(ErrorCode::pack_choice,
         "The source holds two tokenizers: " + std::string(found[0]) + " and " + std::string(found[1]) +
             (type.empty() ? "; no tokenizer_class says which one counts."
                           : "; " + type + " reads one of them."),
         tree_.name(), "Remove the files of the other one, so that no loader takes it.");
  }

  void describe() {
    const bool tokenizer = has_tokenizer();
    plan_.facts.preprocessors = find_preprocessors(documents_, tokenizer);
    if (plan_.facts.preprocessors.empty()) {
      warn(ErrorCode::pack_no_preprocessor, "The source has no tokenizer and no processor.", tree_.name(),
           "Save it beside config.json: tokenizer.save_pretrained(DIRECTORY)");
    }
    if (tokenizer && planned_.count("tokenizer.json") == 0 && planned_.count("tokenizer_config.json") == 0) {
      warn(ErrorCode::pack_no_preprocessor,
           "The tokenizer has only vocabulary files; Python converts them while loading, browsers cannot.",
           tree_.name(),
           "Save a fast tokenizer: AutoTokenizer.from_pretrained(SOURCE).save_pretrained(DIRECTORY)");
    }
    warn_about_second_tokenizer();
    const bool templates = std::any_of(planned_.begin(), planned_.end(), [](const auto& entry) {
      return glob_match("additional_chat_templates/*", entry.first);
    });
    if (planned_.count("chat_template.json") != 0 &&
        (templates || planned_.count("chat_template.jinja") != 0)) {
      warn(ErrorCode::pack_bad_config,
           "Two forms of chat templates are present: loaders disagree which one counts.",
           "chat_template.json", "Remove chat_template.json if the .jinja files are current.");
    }
  }

  /// Everything not planned, whole directories as one entry.
  void finish() {
    std::map<std::string, std::string> left;
    for (const auto& [path, file] : files_) {
      if (planned_.count(path) != 0) continue;
      const std::string reason = left_out_reason(path);
      const std::size_t slash = path.find('/');
      const bool whole =
          slash != std::string::npos && is_safe_path(path) && !directory_planned(path.substr(0, slash + 1));
      left.emplace(whole ? path.substr(0, slash + 1) : path, reason);
    }
    for (auto& [path, reason] : left) plan_.left_out.push_back({path, std::move(reason)});
    for (auto& [path, planned] : planned_) plan_.files.push_back(std::move(planned));
  }

  [[nodiscard]] bool directory_planned(const std::string& prefix) const {
    const auto found = planned_.lower_bound(prefix);
    return found != planned_.end() && found->first.substr(0, prefix.size()) == prefix;
  }

  const SourceTree& tree_;
  const PlanOptions& options_;
  ComponentPlan plan_;
  std::map<std::string, const FileEntry*> files_;
  std::set<std::string> paths_;
  std::map<std::string, PlannedFile> planned_;
  Documents documents_;
};

}  // namespace

Result<ComponentPlan> plan_components(const SourceTree& tree, const PlanOptions& options) {
  return Planner(tree, options).run();
}

}  // namespace modelexport::components
