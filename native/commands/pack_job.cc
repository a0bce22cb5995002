#include "commands/pack_job.h"

#include <algorithm>

#include "commands/hub_weights.h"
#include "commands/pack_check.h"
#include "commands/pack_progress.h"
#include "io/file_sink.h"
#include "io/real_path.h"
#include "modelexport/digest.h"
#include "package/card.h"
#include "package/package_zip.h"
#include "report/graph_shape.h"
#include "report/pack_report.h"
#include "result/shell_word.h"
#include "stamp/config_fit.h"

namespace modelexport::commands {
namespace {

/// The end of the last tensor that the model keeps in `location`.
std::uint64_t bytes_needed(const onnx::ModelView& view, const std::string& location) {
  std::uint64_t needed = 0;
  for (const onnx::TensorView& tensor : view.graph().initializers) {
    if (!tensor.external || tensor.external->location != location) continue;
    const std::uint64_t length = tensor.bytes().value_or(0);
    const std::uint64_t offset = tensor.external->offset.value_or(0);
    if (length <= ~offset) needed = std::max(needed, offset + length);
  }
  return needed;
}

class FileInputs final : public package::Inputs {
 public:
  FileInputs(const ModelData& data, const components::SourceTree& tree) : data_(data), tree_(tree) {}
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> open(const package::InputFile& file) const override {
    if (file.origin == package::Origin::component) return tree_.open(file.path);
    if (file.origin == package::Origin::data) {
      ME_TRY(auto source, data_.open(file.model, file.path));
      return std::unique_ptr<ByteSource>(std::move(source));
    }
    ME_TRY(auto source, io::FileSource::open(file.path));
    return std::unique_ptr<ByteSource>(std::move(source));
  }

 private:
  const ModelData& data_;
  const components::SourceTree& tree_;
};

stamp::Stamp stamp_of(const onnx::ModelView& model) {
  stamp::Entries entries;
  for (const onnx::MetadataEntry& entry : model.header().metadata)
    entries.emplace_back(entry.key, entry.value);
  return stamp::read(entries);
}

}  // namespace

Status PackJob::parse_options() {
  const cli::Arguments& arguments = context_.arguments;
  output_ = request_.output;
  if (output_.empty()) {
    return fail(ErrorCode::cli_usage, "no output is named", {},
                "modelexport " + std::string(arguments.command()->name) + " " +
                    shell_word(request_.models[0]) + " -o DIRECTORY");
  }
  zip_ = output_.ends_with(".zip");
  force_ = arguments.has("force");
  ME_TRY(options_.targets, package::parse_targets(request_.targets));
  options_.task = arguments.get("task");
  options_.card = !arguments.has("no-card");
  options_.keep_paths = arguments.has("keep-paths");
  options_.trust_remote_code = arguments.has("trust-remote-code");
  options_.title = package::card_title(output_);
  options_.version = MODELEXPORT_VERSION;
  options_.limits = limits_;
  return {};
}

Status PackJob::open_models() {
  const std::vector<std::string>& paths = request_.models;
  ME_TRY(const auto given, package::parse_file_roles(request_.roles));
  for (const std::string& path : paths) {
    ME_TRY(OnnxFile file, open_onnx_file(path, limits_));
    files_.push_back(std::move(file));
  }
  ME_TRY(roles_, package::find_roles(paths, given));
  data_ = std::make_unique<ModelData>(paths);
  return {};
}

bool PackJob::needs_source_weights() const {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    for (const onnx::TensorView& tensor : files_[i].view->graph().initializers) {
      const bool elsewhere = tensor.external && tensor.external->location.ends_with(".safetensors");
      if (elsewhere && !data_->size(i, tensor.external->location)) return true;
    }
  }
  return false;
}

Status PackJob::check_weight_files() const {
  for (std::size_t i = 0; i < files_.size(); ++i)
    for (const auto& [name, sha256] : check::recorded_weight_files(*files_[i].view))
      ME_CHECK(check_weight_file(i, name, sha256));
  return {};
}

Status PackJob::check_weight_file(std::size_t model, const std::string& name,
                                  const std::string& sha256) const {
  const bool beside = data_->is_beside(model, name);
  if (!beside && !data_->size(model, name)) return no_weight_file(model, name);
  if (!beside && *data_->size(model, name) < bytes_needed(*files_[model].view, name)) {
    // Without a list of the commit the cache's file says its own size: it may have been cut off there.
    ME_CHECK(data_->open(model, name));
  }
  std::string digest = beside ? std::string() : source_.tree->sha256(name);
  if (digest.empty()) {
    if (!beside && context_.arguments.has("dry-run")) return {};  // it would have to be downloaded
    ME_TRY(const auto file, data_->open(model, name));
    ME_TRY(digest, hex_digest(DigestKind::sha256, *file, context_.progress));
  }
  if (digest == sha256) return {};
  const std::string& path = request_.models[model];
  const std::string differs =
      " is not the one that its weights are in (SHA-256 " + digest + " instead of " + sha256 + ")";
  if (beside) {
    return fail(ErrorCode::hub_weights_differ, "the file beside the model" + differs,
                {.path = io::join_path(io::split_path(path).first, name)},
                "rename or remove it: the right one is then taken from the cache or the Hub");
  }
  const bool chosen = context_.arguments.has("source") || context_.arguments.has("revision");
  return fail(ErrorCode::hub_weights_differ, name + " of " + source_.tree->name() + differs, {.path = path},
              chosen ? "take the commit that the model was exported from: leave --source and --revision out"
                     : "stamp it with the commit that it was exported from: modelexport stamp " +
                           shell_word(path) + " --source ID@COMMIT --in-place");
}

Status PackJob::no_weight_file(std::size_t model, const std::string& name) const {
  const Where where{.path = request_.models[model]};
  const std::string of_stamp = stamp::hub_name(stamp_of(*files_[model].view));
  if (source_.source.kind == "local") {
    return fail(
        ErrorCode::hub_file_not_found,
        name + " of " + of_stamp + ", which holds the weights, is neither beside the model nor in the source",
        where, "leave --source out, and it is taken from the cache or the Hub");
  }
  const std::string of =
      source_.source.kind == "hub" ? source_.source.hub_id + "@" + source_.source.revision : of_stamp;
  return fail(ErrorCode::hub_not_cached,
              name + " of " + of + ", which holds the weights, is neither beside the model nor in the " +
                  (context_.offline() ? "shared cache, and the network may not be used" : "commit"),
              where, "go online once: modelexport fetch " + of + " " + shell_word(name));
}

Status PackJob::warn_about_given() {
  constexpr std::uint64_t kMost = 16ULL << 20;
  if (request_.source.empty() || source_.source.kind != "hub") return {};
  const std::string given = source_.source.hub_id + "@" + source_.source.revision;
  const std::string& model = request_.models.front();
  const stamp::Stamp stamp = stamp_of(*files_.front().view);
  if (stamp.kind == stamp::Kind::hub && stamp.hub_id != source_.source.hub_id) {
    context_.warn(
        {ErrorCode::stamp_conflict,
         Severity::warning,
         "The stamp names " + stamp::hub_name(stamp) + ", and stays so; the configuration is of " + given +
             ".",
         {.path = model, .field = "metadata_props[" + std::string(stamp::kHubId) + "]"},
         "leave --source out for the stamped model; if the other is right, stamp it: modelexport stamp " +
             shell_word(model) + " --source " + given + " --in-place"});
  }
  if (files_.size() != 1) return {};  // of the parts of a model none has all that a configuration says
  ME_TRY(const std::string config, source_.tree->read("config.json", kMost));
  for (Diagnostic found :
       stamp::check_fit(config, report::graph_shape(*files_.front().view), given, limits_)) {
    found.where.path = model;
    context_.warn(found);
  }
  return {};
}

Status PackJob::make_plan() {
  const std::vector<std::string>& paths = request_.models;
  ME_TRY(source_, find_pack_source(context_, request_.source, paths.front(), stamp_of(*files_.front().view),
                                   needs_source_weights(), limits_));
  data_->use_source(source_.tree.get());
  ME_CHECK(check_weight_files());
  if (source_.warning) context_.warn(*source_.warning);
  components::PlanOptions options;
  options.keep_paths = options_.keep_paths;
  options.trust_remote_code = options_.trust_remote_code;
  options.task = options_.task;
  options.limits = limits_;
  ME_TRY(components_, components::plan_components(*source_.tree, options));
  ME_CHECK(warn_about_given());
  package::PackSources sources{{}, *source_.tree, components_, *data_, source_.source};
  for (std::size_t i = 0; i < files_.size(); ++i) {
    sources.models.push_back({paths[i], files_[i].view.get(), roles_[i]});
  }
  ME_TRY(plan_, package::plan_package(sources, options_));
  for (package::PackageFile& file : plan_.files) {
    const auto& changed = source_.changed;
    if (std::find(changed.begin(), changed.end(), file.path) != changed.end())
      file.edits.emplace_back("changed since it was packed");
  }
  // Weight files of the source are left out, except those that the models refer to (--weights hub), and the
  // models themselves with their data where they lie in the source.
  std::erase_if(plan_.left_out, [&](const components::LeftOut& left) { return is_packed(left.path); });
  for (const Diagnostic& warning : plan_.warnings) context_.warn(warning);
  return {};
}

bool PackJob::is_packed(const std::string& path) const {
  const std::string in_source = io::join_path(source_.tree->name(), path);
  return std::any_of(plan_.inputs.begin(), plan_.inputs.end(), [&](const package::InputFile& input) {
    if (input.origin == package::Origin::component) return false;
    if (input.origin == package::Origin::model) return io::is_same_file(input.path, in_source);
    if (data_->is_in_source(input.model, input.path)) return input.path == path;
    const std::string& model = request_.models[input.model];
    return io::is_same_file(io::join_path(io::split_path(model).first, input.path), in_source);
  });
}

Status PackJob::plan_directory() {
  ME_TRY(out_, io::OutputDirectory::open(output_, force_));
  ME_CHECK(manifest_.plan(*out_, output_, force_));
  const FileInputs inputs(*data_, *source_.tree);
  for (const package::PackageFile& file : plan_.files) {
    bool needed = true;
    if (out_->exists_already()) {
      ME_TRY(const auto bytes, package::FileBytes::open(plan_, file, inputs));
      ME_TRY(needed, out_->plan_bytes(file.path, *bytes));
    }
    if (needed) to_write_.push_back(&file);
  }
  return {};
}

Status PackJob::write_directory() {
  const FileInputs inputs(*data_, *source_.tree);
  std::uint64_t total = 0;
  for (const package::PackageFile* file : to_write_) total += file->size;
  PackProgress progress(context_.progress, total);
  for (const package::PackageFile* file : to_write_) {
    ME_TRY(const auto bytes, package::FileBytes::open(plan_, *file, inputs));
    ME_TRY(const auto sink, out_->create(file->path, file->main));
    ME_CHECK(progress.copy(*bytes, *sink));
    ME_CHECK(sink->finish());
  }
  package::Manifest manifest = plan_.manifest;
  for (const package::PackageFile& file : plan_.files)
    manifest.files.push_back({file.path, 0, "", file.from, file.reason, file.edits});
  ME_TRY(written_, manifest_.write(*out_, std::move(manifest)));
  return out_->commit();
}

Status PackJob::write_zip() {
  const FileInputs inputs(*data_, *source_.tree);
  ME_TRY(const auto sink, io::FileSink::open(output_, {.force = force_}));
  ME_TRY(written_, package::write_zip(plan_, inputs, *sink, context_.progress));
  return sink->finish();
}

report::PackReport PackJob::report() const {
  return {&plan_, &options_, &written_, source_.shown, output_, zip_};
}

void PackJob::print_plan() const {
  if (context_.json()) {
    context_.print(report::pack_plan_json(report()));
  } else {
    context_.out.write(report::pack_plan_text(report()));
  }
}

void PackJob::print() const {
  if (context_.json()) {
    context_.print(report::pack_json(report()));
  } else {
    context_.say(report::pack_text(report()));
  }
}

Status PackJob::prepare_components() {
  std::vector<std::string> paths;
  for (const package::InputFile& input : plan_.inputs) {
    const bool weights =
        input.origin == package::Origin::data && data_->is_in_source(input.model, input.path);
    if (input.origin == package::Origin::component || weights) paths.push_back(input.path);
  }
  return source_.tree->prepare(paths, context_.progress);
}

std::string PackJob::path_in_package(const std::string& model) const {
  for (const package::PackageFile& file : plan_.files) {
    if (!file.main || file.pieces.empty()) continue;
    for (const package::Piece& piece : file.pieces) {
      const auto* range = std::get_if<package::InputRange>(&piece);
      if (range != nullptr && plan_.inputs[range->input].path == model) return output_ + "/" + file.path;
    }
  }
  return {};
}

Status PackJob::check() {
  ME_CHECK(parse_options());
  if (zip_) return io::check_output_file(output_, force_);
  ME_TRY(const auto out, io::OutputDirectory::open(output_, force_));
  for (const std::string& model : request_.models)
    ME_CHECK(out->plan(options_.targets.web ? "onnx/" + model : model));
  PackageManifest manifest;
  return manifest.plan(*out, output_, force_);
}

Status PackJob::plan() {
  ME_CHECK(parse_options());
  if (zip_) ME_CHECK(io::check_output_file(output_, force_));
  ME_CHECK(open_models());
  ME_CHECK(make_plan());
  if (!context_.arguments.has("dry-run")) ME_CHECK(prepare_components());
  foresee();
  return zip_ ? Status() : plan_directory();
}

namespace {

/// Findings that the plan's own warnings have said in their words.
bool said_already(const check::Finding& finding, const Diagnostics& warnings) {
  struct Pair {
    std::string_view rule;
    ErrorCode code;
  };
  constexpr Pair pairs[] = {{"ME-OPT-009", ErrorCode::pack_no_cache},
                            {"ME-PKG-013", ErrorCode::pack_custom_code},
                            {"ME-PKG-020", ErrorCode::pack_no_preprocessor},
                            {"ME-PKG-021", ErrorCode::pack_no_preprocessor}};
  return std::any_of(std::begin(pairs), std::end(pairs), [&](const Pair& pair) {
    return finding.rule->id == pair.rule &&
           std::any_of(warnings.begin(), warnings.end(),
                       [&](const Diagnostic& warning) { return warning.code == pair.code; });
  });
}

}  // namespace

void PackJob::foresee() {
  check::Readers readers;
  if (options_.targets.optimum) readers = readers | check::Reader::optimum;
  if (options_.targets.web) readers = readers | check::Reader::transformers_js;
  const FileInputs inputs(*data_, *source_.tree);
  foreseen_ = check_planned(plan_, inputs, output_, readers, limits_);
  for (const check::Finding& finding : foreseen_.findings) {
    if (finding.severity == Severity::info || said_already(finding, plan_.warnings)) continue;
    const bool error = finding.severity == Severity::error;
    context_.say((error ? "check will call this an error: [" : "check will warn: [") +
                 std::string(finding.rule->id) + "] " + finding.message +
                 (finding.hint.empty() ? "" : "\n  = hint: " + finding.hint));
  }
}

Status PackJob::write() { return zip_ ? write_zip() : write_directory(); }

Status PackJob::make() {
  ME_CHECK(plan());
  return write();
}

Result<int> PackJob::run() {
  ME_CHECK(plan());
  if (context_.arguments.has("dry-run")) {
    print_plan();
    return 0;
  }
  ME_CHECK(write());
  print();
  return 0;
}

}  // namespace modelexport::commands
