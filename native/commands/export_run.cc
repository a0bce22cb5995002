#include "commands/export_run.h"

#include <sys/stat.h>

#include <algorithm>

#include "cli/render.h"
#include "commands/source_option.h"
#include "io/file_sink.h"
#include "result/shell_word.h"

namespace modelexport::commands {
namespace {

/// Names of archives and other files, which are never meant as Hub ids when they do not exist.
bool looks_like_a_file(std::string_view name) {
  for (std::string_view ending :
       {".pt", ".pt2", ".pth", ".zip", ".onnx", ".bin", ".safetensors", ".ts", ".jit"}) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

bool is_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

bool has_config(const std::string& directory) {
  struct stat info {};
  return ::stat((directory + "/config.json").c_str(), &info) == 0;
}

}  // namespace

Status ExportRun::find_archives() {
  const std::string& input = context_.arguments.positional()[0];
  // The name of a file that is not there is no question for the Hub.
  const bool file = looks_like_a_file(input) || is_file(input);
  const source::Source model = file ? source::Source() : classify_source(context_, input);
  if (model.reason == source::Reason::not_found || model.reason == source::Reason::private_model)
    ME_CHECK(source::require_usable(model));
  const bool directory = model.exists && model.is_directory;
  const bool named = !file && !model.exists &&
                     (model.kind == source::Kind::hub || model.reason == source::Reason::unverified);
  if (!directory && !named) {
    parts_ = {{input, ""}};
    return {};
  }
  if (directory) {
    ME_TRY(std::vector<ArchivePart> found, archives_in(model.path));
    if (!found.empty() && (is_set(found) || !has_config(model.path))) {
      parts_ = std::move(found);
      return {};
    }
    if (!has_config(model.path)) {
      return fail(ErrorCode::io_not_a_file,
                  "the input is a directory without config.json: neither an archive nor a model",
                  {.path = input}, "name the .pt or .pt2 file, or the directory that holds config.json");
    }
    if (request_.source.empty()) request_.source = input;
  }
  if (context_.arguments.has("dry-run")) return {};  // the plan shows the command
  return capture(input);
}

Status ExportRun::capture(const std::string& model) {
  ME_TRY(captured_, capture_model(context_, model, request_.package));
  ME_TRY(parts_, archives_in(captured_.directory->path()));
  if (parts_.empty()) {
    return fail(ErrorCode::capture_failed, "capturing the model left no archive", {.path = model},
                capture_command(context_, model, request_.package));
  }
  if (!request_.package) parts_[0].onnx.clear();
  return {};
}

Status ExportRun::make_jobs() {
  if (parts_.size() > 1 && !request_.package) {
    return fail(ErrorCode::cli_usage, "several archives cannot become one ONNX file",
                {.path = context_.arguments.positional()[0]}, "name a directory: -o OUT");
  }
  for (std::size_t i = 0; i < std::max<std::size_t>(1, parts_.size()); ++i) {
    const ArchivePart part = parts_.empty() ? ArchivePart{} : parts_[i];
    jobs_.push_back(
        std::make_unique<ExportJob>(context_, request_, part, i == 0 && request_.targets.empty()));
    ME_CHECK(jobs_.back()->open());
  }
  const bool force = context_.arguments.has("force");
  ME_TRY(out_, io::OutputDirectory::open(request_.out_directory, force));
  if (request_.writes_components()) ME_CHECK(manifest_.plan(*out_, request_.out_directory, force));
  for (const auto& job : jobs_) ME_CHECK(job->plan(*out_));
  merged_ = MergedDecoder::of(context_, jobs_);
  return merged_ == nullptr ? Status() : merged_->plan(*out_);
}

Result<int> ExportRun::print_plan() {
  json::Json steps = json::Json::array();
  if (parts_.empty()) {
    const std::string command =
        capture_command(context_, context_.arguments.positional()[0], request_.package);
    if (!context_.json()) context_.out.line("capture  " + command);
    json::Json item = json::Json::object();
    item["action"] = "capture";
    item["command"] = command;
    steps.push_back(std::move(item));
  }
  std::vector<ExportJob::PlannedStep> planned;
  for (const auto& job : jobs_)
    for (ExportJob::PlannedStep& step : job->steps()) planned.push_back(std::move(step));
  if (merged_ != nullptr) planned.push_back(merged_->step());
  if (request_.writes_components())
    planned.push_back({out_->path_of(std::string(package::kManifestName)), "write", "manifest"});
  if (!request_.targets.empty()) planned.push_back({request_.packed, "pack", "for " + request_.targets});
  for (const ExportJob::PlannedStep& step : planned) {
    if (!context_.json()) context_.out.line(step.action + "  " + step.path + "  (" + step.reason + ")");
    json::Json item = json::Json::object();
    item["path"] = step.path;
    item["action"] = step.action;
    item["reason"] = step.reason;
    steps.push_back(std::move(item));
  }
  if (context_.json()) {
    json::Json document = json::Json::object();
    document["schema"] = "modelexport/export/1";
    document["dry_run"] = true;
    document["plan"] = std::move(steps);
    context_.print(document);
  }
  return 0;
}

Status ExportRun::write_manifest() {
  package::Manifest manifest = package::manifest_of_stamp(jobs_[0]->model().metadata, MODELEXPORT_VERSION);
  for (const auto& job : jobs_) ME_CHECK(job->describe(manifest));
  if (merged_ != nullptr) merged_->describe(manifest);
  ME_CHECK(manifest_.write(*out_, std::move(manifest)));
  return {};
}

Status ExportRun::prepare_packing() {
  if (request_.targets.empty()) return {};
  ME_CHECK(PackJob(context_, {{request_.out_name}, request_.packed, {}, request_.targets, {}}).check());
  if (context_.arguments.has("dry-run")) return {};
  ME_TRY(staging_, io::TemporaryDirectory::create_beside(request_.packed));
  request_.out_directory = staging_->path();
  return {};
}

void ExportRun::register_staged() {
  const auto add = [this](const std::string& name) {
    for (const std::string& file : {name, name + "_data"}) {
      staging_->file(file);
      staged_.push_back(file);
    }
  };
  for (const auto& job : jobs_) add(job->file_name());
  if (merged_ != nullptr) add(merged_->file_name());
}

Status ExportRun::pack() {
  PackRequest request{{}, request_.packed, {}, request_.targets, {}};
  for (const std::string& name : staged_) {
    const std::string path = staging_->path_of(name);
    if (name.ends_with(".onnx") && !is_merged_half(name)) request.models.push_back(path);
  }
  // A Hub source is in the stamp; a local one is known by its directory only.
  const auto& source = jobs_[0]->source();
  if (source && source->kind == source::Kind::local) request.source = source->input;
  packing_ = std::make_unique<PackJob>(context_, std::move(request));
  return packing_->make();
}

bool ExportRun::is_merged_half(const std::string& name) const {
  return merged_ != nullptr && name.starts_with("decoder_") && name != merged_->file_name();
}

std::string ExportRun::load_command(const std::vector<report::ExportReport>& reports) const {
  std::string command = "modelexport load";
  for (const report::ExportReport& report : reports)
    if (!is_merged_half(io::split_path(report.output).second)) command += " " + shell_word(report.output);
  return command + " -o DIRECTORY";
}

std::vector<report::ExportReport> ExportRun::reports() const {
  std::vector<report::ExportReport> reports;
  for (const auto& job : jobs_) reports.push_back(job->report());
  // Before the last one, which says what belongs to all.
  if (merged_ != nullptr) reports.insert(reports.end() - 1, merged_->report());
  const auto& source = jobs_[0]->source();
  const bool lacks_components = request_.package && source && source->kind == source::Kind::hub;
  if (lacks_components && packing_ == nullptr && reports.back().hub_name.empty())
    reports.back().load_command = load_command(reports);
  if (packing_ != nullptr) {
    for (report::ExportReport& report : reports) {
      report.output = packing_->path_in_package(report.output);
      if (!report.data_file.empty()) {  // wherever the weights were, the package holds them
        report.data_file = report.output + "_data";
        report.hub_name.clear();
        report.written.weights = onnx::WeightMode::external;
      }
      report.components.clear();
      report.loader.clear();
    }
    std::erase_if(reports, [](const report::ExportReport& report) { return report.output.empty(); });
  }
  return reports;
}

void ExportRun::print() {
  const std::vector<report::ExportReport> all = reports();
  if (context_.json()) {
    json::Json document =
        all.size() == 1 ? report::export_json(all[0]) : report::export_set_json(request_.out_directory, all);
    if (packing_ != nullptr) {
      document["output"] = request_.packed;
      document["package"] = report::pack_json(packing_->report());
    }
    context_.print(document);
    return;
  }
  context_.say(all.size() == 1 ? report::export_text(all[0]) : report::export_set_text(all));
  if (packing_ != nullptr) context_.say(report::pack_text(packing_->report()));
}

Result<int> ExportRun::run() {
  ME_TRY(request_, parse_export_request(context_.arguments, limits_));
  ME_CHECK(ExportVerifier(context_).parse());
  ME_CHECK(prepare_packing());
  ME_CHECK(find_archives());
  ME_CHECK(make_jobs());
  if (context_.arguments.has("dry-run")) return print_plan();
  const bool packs = !request_.targets.empty();
  if (packs) register_staged();
  for (const auto& job : jobs_) ME_CHECK(job->write());
  if (merged_ != nullptr) ME_CHECK(merged_->write());
  if (request_.writes_components()) ME_CHECK(write_manifest());
  ME_CHECK(out_->commit());
  if (packs) ME_CHECK(pack());
  for (const auto& job : jobs_) job->print_notes();
  print();
  int code = 0;
  for (const auto& job : jobs_) {
    if (!job->failure()) continue;
    context_.write_error(cli::render_diagnostic(*job->failure(), context_.terminal.color_err));
    code = error_info(job->failure()->code).exit_code;
  }
  return code;
}

}  // namespace modelexport::commands
