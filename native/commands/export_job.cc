#include "commands/export_job.h"

#include <sys/stat.h>

#include <algorithm>

#include "cli/render.h"
#include "commands/read_archive.h"
#include "commands/source_option.h"
#include "commands/utc_time.h"
#include "convert/archive_record.h"
#include "convert/graph_options.h"
#include "io/file_sink.h"
#include "io/memory.h"
#include "report/htp_report.h"
#include "stamp/config_fit.h"

namespace modelexport::commands {
namespace {

constexpr std::string_view kDefaultName = "model.onnx";

bool ends_with_onnx(std::string_view path) { return path.ends_with(".onnx"); }

/// Names of archives and other files, which are never meant as Hub ids when they do not exist.
bool looks_like_a_file(std::string_view name) {
  for (std::string_view ending :
       {".pt", ".pt2", ".pth", ".zip", ".onnx", ".bin", ".safetensors", ".ts", ".jit"}) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

/// The options that describe the graph, by name.
convert::OptionValues option_values(const cli::Arguments& arguments) {
  convert::OptionValues values;
  for (const char* name :
       {"opset", "input", "dynamic", "static", "output-name", "task", "hierarchy", "torch-modules"})
    if (arguments.has(name)) values[name] = arguments.all(name);
  return values;
}

/// --weights hub refers to files of a commit: there must be one.
Status require_pinned_hub(const std::optional<source::Source>& source) {
  if (source && source->kind == source::Kind::hub && !source->commit.empty()) return {};
  return fail(ErrorCode::cli_usage, "--weights hub needs a Hub source whose commit is known", {},
              "modelexport export ARCHIVE --source ID@COMMIT --weights hub -o model.onnx");
}

}  // namespace

Status ExportJob::parse_options() {
  const cli::Arguments& arguments = context_.arguments;
  if (!arguments.has("output")) {
    return fail(ErrorCode::cli_usage, "no output is named", {},
                "modelexport export " + arguments.positional()[0] + " -o OUT");
  }
  ME_TRY(options_, convert::parse_export_options(option_values(arguments)));
  options_.producer_version = MODELEXPORT_VERSION;
  options_.limits = limits_;
  const bool weights_from = !arguments.all("weights-from").empty();
  const std::string weights = arguments.get("weights", weights_from ? "reference" : "auto");
  if (weights_from && weights != "reference") {
    return fail(ErrorCode::cli_usage, "--weights-from and --weights " + weights + " contradict each other",
                {}, "--weights reference --weights-from FILE.safetensors");
  }
  ME_TRY(write_options_.weights, convert::parse_weight_mode(weights == "hub" ? "reference" : weights));
  hub_weights_ = weights == "hub";
  options_.reference_weights = write_options_.weights == onnx::WeightMode::reference;
  ME_CHECK(verifier_.parse());
  const std::string out = arguments.get("output");
  package_ = !ends_with_onnx(out);
  if (package_) {
    out_directory_ = out;
    out_name_ = kDefaultName;
  } else {
    std::tie(out_directory_, out_name_) = io::split_path(out);
  }
  given_source_ = arguments.get("source");
  write_options_.data_location = out_name_ + "_data";
  const std::string stem = out_name_.substr(0, out_name_.size() - std::string_view(".onnx").size());
  if (arguments.has("sidecar")) sidecar_name_ = stem + "_htp_metadata.json";
  if (arguments.has("report")) report_name_ = stem + "_htp_export_report.md";
  return {};
}

Status ExportJob::find_archive() {
  const std::string& input = context_.arguments.positional()[0];
  archive_path_ = input;
  // The name of a file that is not there is no question for the Hub.
  struct stat there {};
  const bool file =
      looks_like_a_file(input) || (::stat(input.c_str(), &there) == 0 && !S_ISDIR(there.st_mode));
  const source::Source model = file ? source::Source() : classify_source(context_, input);
  if (model.reason == source::Reason::not_found || model.reason == source::Reason::private_model)
    ME_CHECK(source::require_usable(model));
  const bool directory = model.exists && model.is_directory;
  const bool named = !file && !model.exists &&
                     (model.kind == source::Kind::hub || model.reason == source::Reason::unverified);
  if (directory || named) {
    struct stat info {};
    if (directory && ::stat((model.path + "/config.json").c_str(), &info) != 0) {
      return fail(ErrorCode::io_not_a_file,
                  "the input is a directory without config.json: neither an archive nor a model",
                  {.path = input}, "name the .pt or .pt2 file, or the directory that holds config.json");
    }
    if (directory && given_source_.empty()) given_source_ = input;
    if (context_.arguments.has("dry-run")) return {};  // print_plan shows the command
    ME_TRY(captured_, capture_model(context_, input));
    archive_path_ = captured_.archive;
  }
  ME_TRY(archive_, io::FileSource::open(archive_path_));
  ME_TRY(const format::Detected detected, format::detect_format(*archive_, limits_));
  ME_CHECK(format::require_archive(detected, *archive_));
  format_ = detected.format;
  return {};
}

Status ExportJob::check_not_the_input() const {
  for (const std::string& name : {out_name_, write_options_.data_location}) {
    if (archive_ == nullptr) break;
    struct stat info {};
    if (::stat(out_->path_of(name).c_str(), &info) == 0 && info.st_dev == archive_->device() &&
        info.st_ino == archive_->inode()) {
      return fail(ErrorCode::io_output_exists, "the output would replace the archive that is read",
                  {.path = out_->path_of(name)}, "choose another name: -o OUT.onnx");
    }
  }
  return {};
}

Status ExportJob::plan_outputs() {
  const bool force = context_.arguments.has("force");
  ME_TRY(out_, io::OutputDirectory::open(out_directory_, force));
  ME_CHECK(check_not_the_input());
  if (package_) ME_CHECK(manifest_.plan(*out_, out_directory_, force));
  ME_CHECK(out_->plan(out_name_));
  const bool data = write_options_.weights == onnx::WeightMode::external ||
                    (write_options_.weights == onnx::WeightMode::automatic && archive_ != nullptr &&
                     archive_->size() >= write_options_.inline_limit);
  if (data) ME_CHECK(out_->plan(write_options_.data_location));
  for (const std::string& name : {sidecar_name_, report_name_})
    if (!name.empty()) ME_CHECK(out_->plan(name));
  if (hub_weights_) {
    ME_CHECK(require_pinned_hub(source_.source));
    if (!context_.arguments.has("dry-run"))
      ME_CHECK(weight_files_.open_hub(context_, *source_.source, out_name_, limits_));
    write_options_.reference_locations = weight_files_.locations();
  } else if (write_options_.weights == onnx::WeightMode::reference) {
    ME_CHECK(weight_files_.open(context_.arguments.all("weights-from"), out_directory_, out_name_));
    write_options_.reference_locations = weight_files_.locations();
    if (weight_files_.empty()) {
      ME_TRY(const std::string name, reference_name(archive_path_, out_directory_));
      write_options_.reference_locations = {{archive_.get(), name}};
    }
  }
  const auto& files = source_.components.files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].path == out_name_) {
      return fail(ErrorCode::components_collide, "a component of the source has the name of the ONNX file",
                  {.path = out_->path_of(out_name_)}, "choose another name: -o OUT/other.onnx");
    }
    bool needed = true;
    if (files[i].action == components::Action::write) {
      ME_TRY(needed, out_->plan_bytes(files[i].path, MemorySource(files[i].text, files[i].path)));
    } else {
      ME_TRY(const auto file, source_.tree->source(files[i].path));
      ME_TRY(needed, out_->plan_bytes(files[i].path, *file));
    }
    if (needed) copies_.push_back(i);
  }
  return {};
}

Result<int> ExportJob::print_plan() {
  json::Json files = json::Json::array();
  const auto add = [&](const std::string& path, std::string_view action, const std::string& reason) {
    json::Json item = json::Json::object();
    item["path"] = out_->path_of(path);
    item["action"] = action;
    item["reason"] = reason;
    if (!context_.json())
      context_.out.line(std::string(action) + "  " + out_->path_of(path) + "  (" + reason + ")");
    files.push_back(std::move(item));
  };
  if (archive_ == nullptr) {
    const std::string command = capture_command(context_, context_.arguments.positional()[0]);
    if (!context_.json()) context_.out.line("capture  " + command);
    json::Json item = json::Json::object();
    item["action"] = "capture";
    item["command"] = command;
    files.push_back(std::move(item));
  }
  for (const std::size_t i : copies_) {
    const components::PlannedFile& file = source_.components.files[i];
    add(file.path, file.action == components::Action::write ? "write" : "copy", file.reason);
  }
  add(out_name_, "export", context_.arguments.positional()[0]);
  if (!sidecar_name_.empty()) add(sidecar_name_, "write", "--sidecar");
  if (!report_name_.empty()) add(report_name_, "write", "--report");
  if (package_) add(std::string(package::kManifestName), "write", "manifest");
  if (context_.json()) {
    json::Json document = json::Json::object();
    document["schema"] = "modelexport/export/1";
    document["dry_run"] = true;
    document["plan"] = std::move(files);
    context_.print(document);
  }
  return 0;
}

Result<ExportResult> ExportJob::lower() {
  convert::StampRequest request;
  request.source = source_.source ? &*source_.source : nullptr;
  request.record = source_.record ? &*source_.record : nullptr;
  request.task = context_.arguments.get("task");
  request.source_task = source_.components.facts.task.task;
  if (request.source_task.empty() && source_.source) request.source_task = source_.source->hub.task;
  request.keep_paths = context_.arguments.has("keep-paths");
  request.allow_unpinned = context_.arguments.has("allow-unpinned");
  request.version = MODELEXPORT_VERSION;
  ME_TRY(convert::Stamped stamp, convert::stamp_export(request));
  for (const Diagnostic& warning : stamp.warnings) context_.warn(warning);
  options_.metadata = std::move(stamp.entries);
  options_.task = std::move(stamp.task);
  ME_TRY(read_, read_archive(context_, format_, *archive_, archive_path_, limits_));
  ME_CHECK(verifier_.note_archive(read_, archive_path_, archive_->size(),
                                  format_ == format::Format::torchscript, read_.ranges));
  read_done_ = {utc_now(), seconds()};
  Diagnostics problems;
  const ExportSources sources{archive_.get(), read_.side.get()};
  context_.progress.update("lowering", 0, 0);
  auto result = export_graph(std::move(read_.graph), sources, options_, problems);
  if (!result) {
    if (result.error().where.path.empty()) result.error().where.path = archive_path_;
    return fail(result);
  }
  warn_about_fit(*result);
  if (!weight_files_.empty()) {
    ME_TRY(weights_note_, weight_files_.refer(context_, *result, limits_));
  }
  lowered_ = {utc_now(), seconds()};
  ME_CHECK(io::check_interrupted());
  return result;
}

void ExportJob::warn_about_fit(const ExportResult& result) {
  if (source_.hub_config.empty()) return;
  stamp::GraphShape shape;
  for (const onnx::ValueInfo& output : result.model.graph.outputs) {
    std::vector<std::int64_t> dims;
    for (const onnx::Dim& dim : output.shape) {
      const auto* size = std::get_if<std::int64_t>(&dim);
      dims.push_back(size == nullptr ? -1 : *size);
    }
    shape.outputs.push_back({output.name, std::move(dims)});
  }
  for (const onnx::Initializer& tensor : result.model.graph.initializers)
    if (tensor.dims.size() == 2) shape.weights.push_back({tensor.name, tensor.dims});
  const std::string model = source_.source->repo_id + "@" + source_.source->commit;
  for (const Diagnostic& found : stamp::check_fit(source_.hub_config, shape, model, limits_))
    context_.warn(found);
}

Status ExportJob::write(const ExportResult& result) {
  write_options_.weights = onnx::decide_weights(result.model, write_options_);
  std::unique_ptr<ByteSink> data;
  if (write_options_.weights == onnx::WeightMode::external) {
    ME_CHECK(out_->plan(write_options_.data_location));
    ME_TRY(data, out_->create(write_options_.data_location));
  }
  ME_TRY(written_, onnx::write_model(result.model, write_options_, *sink_, data.get(), context_.progress));
  if (data != nullptr) ME_CHECK(data->finish());
  ME_CHECK(sink_->finish());
  ME_CHECK(weight_files_.verify_unchanged());
  return archive_->verify_unchanged();
}

Status ExportJob::verify(const ExportResult& result) {
  WrittenFiles files{out_.get(), out_name_, {}, {}, &write_options_};
  if (written_.weights == onnx::WeightMode::external) files.data = {write_options_.data_location};
  if (written_.weights == onnx::WeightMode::reference)
    for (const auto& [source, name] : write_options_.reference_locations) files.others.push_back(name);
  ME_TRY(verified_, verifier_.run(result, files));
  if (verifier_.failure() && !verifier_.keeps_unverified()) return fail(*verifier_.failure());
  return {};
}

double ExportJob::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

Status ExportJob::write_text(const std::string& name, std::string_view text) {
  ME_TRY(const auto sink, out_->create(name));
  ME_CHECK(sink->append(text));
  return sink->finish();
}

Status ExportJob::write_htp_files(const ExportResult& result) {
  if (sidecar_name_.empty() && report_name_.empty()) return {};
  report::HtpFacts facts;
  facts.result = &result;
  facts.model_name = io::split_path(archive_path_).second;
  for (const auto& [key, value] : result.model.metadata)
    if (key == stamp::kHubId || key == stamp::kOriginalPath) facts.model_name = value;
  facts.model_type = source_.components.facts.model_type;
  facts.task = options_.task;
  facts.version = MODELEXPORT_VERSION;
  facts.inputs_given = !options_.inputs.empty();
  facts.tags_embedded = options_.hierarchy != HierarchyMode::none;
  facts.onnx_file = out_name_;
  facts.sidecar_file = sidecar_name_;
  facts.report_file = report_name_;
  facts.onnx_bytes = written_.model_bytes + written_.data_bytes;
  facts.started = begun_.time;
  facts.read = read_done_.time;
  facts.lowered = lowered_.time;
  facts.written = utc_now();
  facts.seconds = seconds();
  facts.seconds_read = read_done_.seconds;
  facts.seconds_lowered = lowered_.seconds - read_done_.seconds;
  facts.seconds_written = facts.seconds - lowered_.seconds;
  if (!sidecar_name_.empty())
    ME_CHECK(write_text(sidecar_name_, json::dump(report::htp_sidecar(facts), 2) + "\n"));
  if (!report_name_.empty()) ME_CHECK(write_text(report_name_, report::htp_report(facts)));
  return {};
}

Status ExportJob::write_components() {
  for (const std::size_t i : copies_) {
    const components::PlannedFile& file = source_.components.files[i];
    ME_TRY(const auto sink, out_->create(file.path));
    if (file.action == components::Action::write) {
      ME_CHECK(sink->append(file.text));
    } else {
      ME_TRY(const auto from, source_.tree->source(file.path));
      ME_CHECK(copy_range(*from, {0, from->size()}, *sink));
    }
    ME_CHECK(sink->finish());
  }
  return {};
}

Status ExportJob::write_manifest(const ExportResult& result) {
  package::Manifest manifest = package::manifest_of_stamp(result.model.metadata, MODELEXPORT_VERSION);
  const std::string archive = io::split_path(archive_path_).second;
  for (const std::string& name : {out_name_, write_options_.data_location, sidecar_name_, report_name_})
    if (!name.empty()) manifest.files.push_back({name, 0, "", "export", archive, {}});
  if (written_.weights == onnx::WeightMode::reference) {
    for (const auto& [source, name] : write_options_.reference_locations) {
      ME_TRY(std::string digest, hex_digest(DigestKind::sha256, *source, context_.progress));
      manifest.files.push_back({name, source->size(), std::move(digest), "source", "weights", {}});
    }
  }
  for (const auto& file : source_.components.files) manifest.files.push_back({file.path, 0, "", "", "", {}});
  package::describe_components(source_.components, manifest.files);
  ME_CHECK(manifest_.write(*out_, std::move(manifest)));
  return {};
}

std::string ExportJob::loader() const {
  const components::ConfigFacts& facts = source_.components.facts;
  report::LoaderFacts loader;
  loader.directory = out_directory_.empty() ? "." : out_directory_;
  loader.file_name = out_name_;
  loader.task = options_.task;
  loader.ort_class = facts.task.ort_class;
  if (!options_.task.empty()) {
    const std::string by_task = components::ort_class_for_task(options_.task, facts.model_type);
    if (!by_task.empty()) loader.ort_class = by_task;
  }
  loader.preprocessors = facts.preprocessors;
  return source_.components.files.empty() ? std::string() : report::loader_snippet(loader);
}

void ExportJob::print(const ExportResult& result) {
  report::ExportReport report;
  report.output = out_->path_of(out_name_);
  report.model = &result.model;
  report.parameters = result.facts.parameters;
  report.written = written_;
  if (written_.weights == onnx::WeightMode::external)
    report.data_file = out_->path_of(write_options_.data_location);
  if (written_.weights == onnx::WeightMode::reference) {
    for (const auto& [source, name] : write_options_.reference_locations)
      report.data_file += (report.data_file.empty() ? "" : ", ") + out_->path_of(name);
  }
  if (!sidecar_name_.empty()) report.sidecar = out_->path_of(sidecar_name_);
  if (!report_name_.empty()) report.report = out_->path_of(report_name_);
  const ExportFacts& facts = result.facts;
  report.hierarchy = {facts.modules, facts.called,   facts.nodes_tagged, facts.direct,
                      facts.parent,  facts.root_own, facts.fallback};
  report.source = source_.source;
  for (const auto& file : source_.components.files) report.components.push_back(file.path);
  report.verified = verified_;
  report.seconds = seconds();
  report.peak_rss_bytes = std::max({io::peak_memory(), read_.peak_rss, verifier_.peak_rss()});
  report.loader = loader();
  if (context_.json()) {
    context_.print(report::export_json(report));
  } else {
    context_.say(report::export_text(report));
  }
}

Result<int> ExportJob::run() {
  begun_ = {utc_now(), 0};
  ME_CHECK(parse_options());
  ME_CHECK(find_archive());
  ME_TRY(source_,
         find_model_source(context_, given_source_, archive_.get(), archive_path_, package_, limits_));
  for (const Diagnostic& warning : source_.components.warnings) context_.warn(warning);
  ME_CHECK(plan_outputs());
  if (context_.arguments.has("dry-run")) return print_plan();
  ME_TRY(sink_, out_->create(out_name_, true));
  ME_TRY(const ExportResult result, lower());
  for (Diagnostic warning : result.warnings) {
    if (warning.where.path.empty()) warning.where.path = archive_path_;
    context_.warn(warning);
  }
  ME_CHECK(write(result));
  ME_CHECK(verify(result));
  ME_CHECK(write_htp_files(result));
  ME_CHECK(write_components());
  if (package_) ME_CHECK(write_manifest(result));
  ME_CHECK(out_->commit());
  if (!source_.note.empty()) context_.note(source_.note);
  if (!weights_note_.empty()) context_.note(weights_note_);
  print(result);
  if (!verifier_.failure()) return 0;
  cli::write_error(cli::render_diagnostic(*verifier_.failure(), context_.terminal.color_err));
  return error_info(verifier_.failure()->code).exit_code;
}

}  // namespace modelexport::commands
