#include "package/plan_package.h"

#include <algorithm>
#include <set>

#include "package/card.h"
#include "package/component_set.h"
#include "package/model_leaks.h"
#include "package/names.h"
#include "package/sentence.h"
#include "package/snippets.h"
#include "package/task_choice.h"
#include "package/version_edits.h"
#include "package/web_edits.h"

namespace modelexport::package {
namespace {

constexpr std::uint64_t kMaxCard = 4ULL << 20;

stamp::Entries entries_of(const onnx::ModelView& model) {
  stamp::Entries entries;
  for (const onnx::MetadataEntry& entry : model.header().metadata)
    entries.emplace_back(entry.key, entry.value);
  return entries;
}

bool is_absolute(std::string_view path) {
  return !path.empty() && (path.front() == '/' || path.front() == '~' || path.front() == '\\' ||
                           (path.size() > 1 && path[1] == ':'));
}

std::string last_part(std::string_view path) {
  while (path.size() > 1 && (path.back() == '/' || path.back() == '\\')) path.remove_suffix(1);
  const std::size_t cut = path.find_last_of("/\\:");
  return std::string(cut == std::string_view::npos ? path : path.substr(cut + 1));
}

class Builder {
 public:
  Builder(const PackSources& sources, const PackOptions& options)
      : sources_(sources), options_(options), set_(sources.components, sources.tree) {}

  Result<PackagePlan> run() {
    plan_.facts = sources_.components.facts;
    plan_.left_out = sources_.components.left_out;
    for (const Diagnostic& warning : sources_.components.warnings) {
      // What only Python reads is rewritten for browsers.
      if (warning.code == ErrorCode::pack_python_json && options_.targets.web) continue;
      plan_.warnings.push_back(warning);
    }
    plan_.manifest = manifest_of_stamp(entries_of(*sources_.models.front().view), options_.version);
    if (sources_.source.kind != "unknown") plan_.manifest.source = sources_.source;
    ME_CHECK(choose());
    ME_CHECK(name());
    for (std::size_t i = 0; i < sources_.models.size(); ++i) ME_CHECK(add_model(i));
    ME_CHECK(edit_components());
    for (const auto& [path, file] : set_.files()) add_component(file);
    if (options_.card) ME_CHECK(add_card());
    std::sort(plan_.files.begin(), plan_.files.end(),
              [](const PackageFile& a, const PackageFile& b) { return a.path < b.path; });
    ME_CHECK(check_names(plan_));
    plan_.manifest.task = plan_.task;
    plan_.manifest.targets = options_.targets.names();
    if (options_.keep_paths == false && is_absolute(plan_.manifest.source.path)) {
      plan_.manifest.source.path = last_part(plan_.manifest.source.path);
    }
    return std::move(plan_);
  }

 private:
  Status choose() {
    TaskFacts facts;
    facts.given = options_.task;
    facts.stamped = plan_.manifest.task;
    facts.config = &sources_.components.facts;
    const ModelFile* main = &sources_.models.front();
    for (const ModelFile& model : sources_.models) {
      facts.roles.push_back(model.role);
      if (model.role.name == "model" && main->role.name != "model") main = &model;
    }
    ME_TRY(facts.io, read_io(*main->view));
    ME_TRY(const TaskChoice choice, choose_task(facts, plan_.warnings));
    plan_.task = choice.task;
    plan_.ort_class = choice.ort_class;
    plan_.use_cache = !choice.generates || choice.has_cache;
    if (plan_.ort_class.empty() && options_.targets.optimum) {
      return fail(ErrorCode::pack_target, "No class of Optimum opens these files together.", {},
                  "Pack them for transformers.js only: --target transformers.js");
    }
    return {};
  }

  /// One decoder of a text model is the model: the older names make Optimum warn.
  std::vector<Role> roles() const {
    std::vector<Role> out;
    for (const ModelFile& model : sources_.models) out.push_back(model.role);
    const bool causal = plan_.ort_class == "ORTModelForCausalLM";
    if (causal && out.size() == 1) out.front().name = "model";
    return out;
  }

  Status name() {
    ME_TRY(naming_, name_files(roles(), options_.targets));
    plan_.choices = naming_.choices;
    plan_.warnings.insert(plan_.warnings.end(), naming_.warnings.begin(), naming_.warnings.end());
    if (options_.targets.web && !plan_.use_cache) {
      plan_.warnings.push_back({ErrorCode::pack_no_cache, Severity::warning,
                                "transformers.js generates text only with a key-value cache.", Where{},
                                "Capture the model with --with-past (modelexport.capture)."});
    }
    return check_web_roles();
  }

  Status check_web_roles() const {
    if (!options_.targets.web) return {};
    const auto has = [&](std::string_view wanted) {
      return std::any_of(naming_.roles.begin(), naming_.roles.end(),
                         [&](const Role& role) { return role.name == wanted; });
    };
    if (const std::string_view parts = web_parts(plan_.task, plan_.facts.model_type);
        !parts.empty() && std::all_of(naming_.roles.begin(), naming_.roles.end(),
                                      [](const Role& role) { return role.name == "model"; })) {
      return fail(ErrorCode::pack_target,
                  "transformers.js opens a model of type " + plan_.facts.model_type + " as " +
                      std::string(parts) + " only.",
                  {}, "Export it as these parts; or pack for Optimum only: --target optimum");
    }
    if (!has("encoder_model") || !has("decoder_model") || has("decoder_model_merged")) return {};
    return fail(
        ErrorCode::pack_target, "transformers.js needs decoder_model_merged.onnx beside the encoder.", {},
        "`modelexport export ARCHIVES -o OUT` writes it beside the two decoders; or pack for Optimum only.");
  }

  std::size_t add_input(Origin origin, std::string path, std::size_t model) {
    plan_.inputs.push_back({origin, std::move(path), model});
    return plan_.inputs.size() - 1;
  }

  Status add_model(std::size_t index) {
    const ModelFile& model = sources_.models[index];
    const std::string& path = naming_.paths[index];
    const std::string data_name = path.substr(path.rfind('/') + 1) + "_data";
    onnx::EditBuilder edit(*model.view);
    ME_TRY(const auto data, gather_data(*model.view, index, sources_.data, data_name, edit));
    PackageFile file;
    file.path = path;
    file.from = "model";
    file.reason = model.role.name;
    file.main = true;
    clean_stamp(*model.view, edit, file.edits);
    pin_stamp(*model.view, edit, file.edits);
    if (!options_.keep_paths) ME_CHECK(clean_model(*model.view, edit, file.edits, plan_.warnings));
    ME_TRY(const onnx::EditPlan plan, edit.build());
    if (plan.output_size >= (1ULL << 31)) {
      return fail(ErrorCode::model_too_large, "The ONNX file has 2 GiB or more; no loader opens it.",
                  {.path = model.name}, "Export it again with --weights external.");
    }
    const std::size_t input = add_input(Origin::model, model.name, index);
    for (const onnx::PlanPiece& piece : plan.pieces) {
      if (const auto* range = std::get_if<ByteRange>(&piece)) {
        file.pieces.emplace_back(InputRange{input, *range});
      } else {
        file.pieces.emplace_back(std::get<std::string>(piece));
      }
    }
    file.size = plan.output_size;
    const bool moved = std::any_of(plan.notes.begin(), plan.notes.end(), [](const onnx::EditNote& note) {
      return note.path.find(".external_data.") != std::string::npos;
    });
    if (moved) file.edits.push_back("external data: every location is " + data_name);
    plan_.files.push_back(std::move(file));
    has_data_.push_back(data.has_value());
    if (data) add_data(*data, path + "_data", index);
    return {};
  }

  void add_data(const GatheredData& data, const std::string& path, std::size_t model) {
    PackageFile file;
    file.path = path;
    file.size = data.size;
    file.from = "model";
    file.reason = "weights";
    std::vector<std::size_t> inputs;
    for (const std::string& location : data.locations)
      inputs.push_back(add_input(Origin::data, location, model));
    for (const Piece& piece : data.pieces) {
      if (const auto* range = std::get_if<InputRange>(&piece)) {
        file.pieces.emplace_back(InputRange{inputs[range->input], range->range});
      } else {
        file.pieces.push_back(piece);
      }
    }
    if (!data.whole) {
      file.edits.push_back("gathered from " + std::to_string(data.locations.size()) +
                           (data.locations.size() == 1 ? " file" : " files"));
    }
    plan_.files.push_back(std::move(file));
  }

  void clean_stamp(const onnx::ModelView& model, onnx::EditBuilder& edit, std::vector<std::string>& edits) {
    const std::string* path = model.find_metadata(stamp::kOriginalPath);
    if (path == nullptr || options_.keep_paths || !is_absolute(*path)) return;
    edit.set_metadata(std::string(stamp::kOriginalPath), last_part(*path));
    edits.push_back(std::string(stamp::kOriginalPath) + ": directories of the exporting machine removed");
  }

  /// A stamp of the very model names the commit that its components are of, as the manifest does; a model
  /// without any stamp gets that one. Whose stamp names another model keeps it: the caller warns.
  void pin_stamp(const onnx::ModelView& model, onnx::EditBuilder& edit, std::vector<std::string>& edits) {
    const ManifestSource& source = sources_.source;
    if (source.kind != "hub" || source.revision.empty()) return;
    const stamp::Stamp stamp = stamp::read(entries_of(model));
    const bool none =
        model.find_metadata(stamp::kModelType) == nullptr && model.find_metadata(stamp::kHubId) == nullptr;
    if (none) {
      edit.set_metadata(std::string(stamp::kModelType), "hub");
      edit.set_metadata(std::string(stamp::kHubId), source.hub_id);
      edit.set_metadata(std::string(stamp::kRevision), source.revision);
      edit.set_metadata(std::string(stamp::kEvidence), source.evidence);
      edits.push_back("stamp: the model had none, it is now " + source.hub_id + "@" + source.revision);
      return;
    }
    const bool same = stamp.kind == stamp::Kind::hub && stamp.hub_id == source.hub_id;
    if (!same || stamp.revision == source.revision) return;
    edit.set_metadata(std::string(stamp::kRevision), source.revision);
    edit.set_metadata(std::string(stamp::kEvidence), source.evidence);
    edits.push_back(std::string(stamp::kRevision) + ": the commit that the components are of" +
                    (stamp.revision.empty() ? "" : ", instead of " + stamp.revision));
  }

  Status edit_components() {
    ME_CHECK(edit_for_versions(set_, options_.limits));
    ME_TRY(const SentenceFacts sentence, sentence_facts(set_, options_.limits));
    plan_.pooling = sentence.pooling;
    plan_.normalize = sentence.normalize;
    ME_CHECK(warn_about_other_repositories(set_, options_.limits, plan_.warnings));
    if (!options_.targets.web) return {};
    ME_CHECK(add_preprocessor(set_, options_.limits));
    ME_CHECK(edit_for_web(set_, plan_.facts, options_.limits, plan_.warnings));
    ME_CHECK(set_web_config(set_, web_config(naming_.roles, has_data_), options_.limits));
    return make_strict_json(set_);
  }

  void add_component(const ComponentSet::File& component) {
    const components::PlannedFile& planned = component.planned;
    PackageFile file;
    file.path = planned.path;
    file.size = planned.size;
    file.reason = planned.reason;
    file.edits = planned.edits;
    file.from = component.made ? "made" : "source";
    if (planned.action == components::Action::write) {
      file.pieces.emplace_back(planned.text);
    } else {
      const std::size_t input = add_input(Origin::component, planned.path, 0);
      file.pieces.emplace_back(InputRange{input, {0, planned.size}});
    }
    plan_.files.push_back(std::move(file));
  }

  Status add_card() {
    CardFacts facts;
    facts.title = options_.title;
    facts.source = plan_.manifest.source;
    for (const components::FileEntry& file : sources_.tree.list()) {
      if (file.path != "README.md" || file.size > kMaxCard || file.link > components::Link::inside) continue;
      ME_TRY(facts.source_card, sources_.tree.read(file.path, kMaxCard));
    }
    facts.license = facts.source.license;
    facts.base_model = facts.source.kind == "hub" ? facts.source.hub_id : named_base();
    facts.library_name = options_.targets.web ? "transformers.js" : "optimum";
    facts.pipeline_tag = web_pipeline(plan_.task);
    facts.body = card_body();
    Card card = make_card(facts);
    PackageFile file;
    file.path = "README.md";
    file.size = card.text.size();
    file.pieces.emplace_back(std::move(card.text));
    file.from = "made";
    file.reason = "model card";
    file.edits = std::move(card.edits);
    plan_.files.push_back(std::move(file));
    const auto is_card = [](const components::LeftOut& left) { return left.path == "README.md"; };
    plan_.left_out.erase(std::remove_if(plan_.left_out.begin(), plan_.left_out.end(), is_card),
                         plan_.left_out.end());
    return {};
  }

  /// The Hub id that config.json says the model was made from.
  std::string named_base() const {
    const auto config = set_.document("config.json", options_.limits);
    if (!config) return {};
    const std::string name(json::find_string(*config, "_name_or_path").value_or(std::string_view{}));
    return name.find('/') != std::string::npos && source::is_hub_id(name) ? name : std::string();
  }

  std::string card_body() const {
    std::string text = "ONNX files of ";
    text += plan_.facts.architectures.empty() ? plan_.facts.model_type : plan_.facts.architectures.front();
    const ManifestSource& source = plan_.manifest.source;
    if (source.kind == "hub") {
      text += ", made from [" + source.hub_id + "](https://huggingface.co/" + source.hub_id + ")";
      if (!source.revision.empty()) text += " at commit `" + source.revision + "`";
    }
    text += ". `modelexport.json` lists every file with its checksum and what was changed.\n";
    const Snippets snippets = make_snippets(snippet_facts(plan_, options_, "."));
    if (!snippets.python.empty()) text += "\n```python\n" + snippets.python + "\n```\n";
    if (!snippets.javascript.empty()) text += "\n```js\n" + snippets.javascript + "\n```\n";
    return text;
  }

  const PackSources& sources_;
  const PackOptions& options_;
  ComponentSet set_;
  PackagePlan plan_;
  Naming naming_;
  std::vector<bool> has_data_;
};

}  // namespace

Result<PackagePlan> plan_package(const PackSources& sources, const PackOptions& options) {
  return Builder(sources, options).run();
}

SnippetFacts snippet_facts(const PackagePlan& plan, const PackOptions& options, const std::string& output) {
  SnippetFacts facts;
  facts.output = output;
  facts.ort_class = options.targets.optimum ? plan.ort_class : std::string();
  facts.use_cache = plan.use_cache;
  facts.trust_remote_code = options.trust_remote_code && plan.facts.needs_remote_code;
  facts.preprocessors = plan.facts.preprocessors;
  facts.task = plan.task;
  facts.model_type = plan.facts.model_type;
  facts.whole = std::none_of(plan.files.begin(), plan.files.end(), [](const PackageFile& file) {
    return file.path.find("encoder_model") != std::string::npos;
  });
  facts.web = options.targets.web;
  facts.pooling = plan.pooling;
  facts.normalize = plan.normalize;
  return facts;
}

}  // namespace modelexport::package
