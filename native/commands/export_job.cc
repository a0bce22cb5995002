#include "commands/export_job.h"

#include <sys/stat.h>

#include <algorithm>

#include "commands/hub_weights.h"
#include "commands/read_archive.h"
#include "commands/utc_time.h"
#include "convert/archive_record.h"
#include "io/file_sink.h"
#include "io/memory.h"
#include "modelexport/hierarchy.h"
#include "report/htp_report.h"
#include "stamp/config_fit.h"

namespace modelexport::commands {
namespace {

/// --weights hub refers to files of a commit: there must be one.
Status require_pinned_hub(const std::optional<source::Source>& source) {
  if (source && source->kind == source::Kind::hub && !source->commit.empty()) return {};
  return fail(ErrorCode::cli_usage, "--weights hub needs a Hub source whose commit is known", {},
              "modelexport export ARCHIVE --source ID@COMMIT --weights hub -o model.onnx");
}

}  // namespace

ExportJob::ExportJob(cli::Context& context, const ExportRequest& request, ArchivePart part,
                     bool with_components)
    : context_(context),
      request_(request),
      part_(std::move(part)),
      with_components_(with_components),
      options_(request.options),
      write_options_(request.write),
      out_name_(part_.onnx.empty() ? request.out_name : part_.onnx) {
  write_options_.data_location = out_name_ + "_data";
  const std::string stem = out_name_.substr(0, out_name_.size() - std::string_view(".onnx").size());
  if (request.sidecar) sidecar_name_ = stem + "_htp_metadata.json";
  if (request.report) report_name_ = stem + "_htp_export_report.md";
}

Status ExportJob::open() {
  ME_CHECK(verifier_.parse());
  if (!part_.archive.empty()) {
    ME_TRY(archive_, io::FileSource::open(part_.archive));
    ME_TRY(const format::Detected detected, format::detect_format(*archive_, limits_));
    ME_CHECK(format::require_archive(detected, *archive_));
    format_ = detected.format;
  }
  ME_TRY(source_, find_model_source(context_, request_.source, archive_.get(), part_.archive,
                                    request_.package, limits_));
  if (with_components_)
    for (const Diagnostic& warning : source_.components.warnings) context_.warn(warning);
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

Status ExportJob::plan(io::OutputDirectory& out) {
  out_ = &out;
  ME_CHECK(check_not_the_input());
  ME_CHECK(out_->plan(out_name_));
  const bool data = write_options_.weights == onnx::WeightMode::external ||
                    (write_options_.weights == onnx::WeightMode::automatic && archive_ != nullptr &&
                     archive_->size() >= write_options_.inline_limit);
  if (data) ME_CHECK(out_->plan(write_options_.data_location));
  for (const std::string& name : {sidecar_name_, report_name_})
    if (!name.empty()) ME_CHECK(out_->plan(name));
  if (request_.hub_weights) {
    ME_CHECK(require_pinned_hub(source_.source));
    if (!context_.arguments.has("dry-run"))
      ME_CHECK(weight_files_.open_hub(context_, *source_.source, out_name_, limits_));
    write_options_.reference_locations = weight_files_.locations();
  } else if (write_options_.weights == onnx::WeightMode::reference) {
    ME_CHECK(weight_files_.open(context_.arguments.all("weights-from"), request_.out_directory, out_name_));
    write_options_.reference_locations = weight_files_.locations();
    if (weight_files_.empty()) {
      ME_TRY(const std::string name, reference_name(part_.archive, request_.out_directory));
      write_options_.reference_locations = {{archive_.get(), name}};
    }
  }
  return with_components_ ? plan_components() : Status();
}

Status ExportJob::plan_components() {
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

std::vector<ExportJob::PlannedStep> ExportJob::steps() const {
  std::vector<PlannedStep> steps;
  for (const std::size_t i : copies_) {
    const components::PlannedFile& file = source_.components.files[i];
    steps.push_back(
        {out_->path_of(file.path), file.action == components::Action::write ? "write" : "copy", file.reason});
  }
  const std::string& from = part_.onnx.empty() ? context_.arguments.positional()[0] : part_.archive;
  steps.push_back({out_->path_of(out_name_), "export", from});
  if (!sidecar_name_.empty()) steps.push_back({out_->path_of(sidecar_name_), "write", "--sidecar"});
  if (!report_name_.empty()) steps.push_back({out_->path_of(report_name_), "write", "--report"});
  return steps;
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
  Diagnostics until_compared;  // what --weights hub may prove
  for (const Diagnostic& warning : stamp.warnings) {
    if (request_.hub_weights && warning.code == ErrorCode::stamp_unpinned)
      until_compared.push_back(warning);
    else
      context_.warn(warning);
  }
  options_.metadata = std::move(stamp.entries);
  options_.task = std::move(stamp.task);
  ME_TRY(read_, read_archive(context_, format_, *archive_, part_.archive, limits_));
  ME_CHECK(verifier_.note_archive(read_, part_.archive, archive_->size(),
                                  format_ == format::Format::torchscript, read_.ranges));
  read_done_ = {utc_now(), seconds()};
  Diagnostics problems;
  const ExportSources sources{archive_.get(), read_.side.get()};
  context_.progress.update("lowering", 0, 0);
  auto result = export_graph(std::move(read_.graph), sources, options_, problems);
  if (!result) {
    if (result.error().where.path.empty()) result.error().where.path = part_.archive;
    return fail(result);
  }
  warn_about_fit(*result);
  if (!weight_files_.empty()) {
    ME_TRY(WeightFiles::Reference reference, weight_files_.refer(context_, *result, limits_));
    weights_note_ = std::move(reference.note);
    stand_ins_ = std::move(reference.stand_ins);
    if (request_.hub_weights) {
      ME_TRY(const auto digests, weight_files_.hub_digests(context_.progress));
      for (const auto& [name, sha256] : digests)
        result->model.metadata.emplace_back(std::string(kWeightFileKey) + name, sha256);
    }
    if (request_.hub_weights && reference.is_proof) {
      until_compared.clear();
      for (auto& [key, value] : result->model.metadata)
        if (key == stamp::kEvidence) value = stamp::to_string(stamp::Evidence::weights_match);
    }
  }
  for (const Diagnostic& warning : until_compared) context_.warn(warning);
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
  for (const CallFact& call : result.calls)
    if (!call.class_name.empty()) shape.classes.emplace_back(hierarchy::short_class(call.class_name));
  const std::string model = source_.source->repo_id + "@" + source_.source->commit;
  for (const Diagnostic& found : stamp::check_fit(source_.hub_config, shape, model, limits_))
    context_.warn(found);
}

Status ExportJob::write_model(const ExportResult& result) {
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
  WrittenFiles files{out_, out_name_, {}, {}, &stand_ins_, &write_options_};
  if (written_.weights == onnx::WeightMode::external) files.data = {write_options_.data_location};
  if (written_.weights == onnx::WeightMode::reference && !request_.hub_weights)
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
  facts.model_name = io::split_path(part_.archive).second;
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

Status ExportJob::describe(package::Manifest& manifest) const {
  const std::string archive = io::split_path(part_.archive).second;
  for (const std::string& name : {out_name_, write_options_.data_location, sidecar_name_, report_name_})
    if (!name.empty()) manifest.files.push_back({name, 0, "", "export", archive, {}});
  // The files of --weights hub are on the Hub, not here: `load` brings them.
  if (written_.weights == onnx::WeightMode::reference && !request_.hub_weights) {
    for (const auto& [source, name] : write_options_.reference_locations) {
      ME_TRY(std::string digest, hex_digest(DigestKind::sha256, *source, context_.progress));
      manifest.files.push_back({name, source->size(), std::move(digest), "source", "weights", {}});
    }
  }
  if (!with_components_) return {};
  for (const auto& file : source_.components.files) manifest.files.push_back({file.path, 0, "", "", "", {}});
  package::describe_components(source_.components, manifest.files);
  return {};
}

std::string ExportJob::loader() const {
  const components::ConfigFacts& facts = source_.components.facts;
  report::LoaderFacts loader;
  loader.directory = request_.out_directory.empty() ? "." : request_.out_directory;
  loader.file_name = part_.onnx.empty() ? out_name_ : "model.onnx";  // loaders know the names of parts
  loader.task = options_.task;
  loader.ort_class = facts.task.ort_class;
  if (!options_.task.empty()) {
    const std::string by_task = components::ort_class_for_task(options_.task, facts.model_type);
    if (!by_task.empty()) loader.ort_class = by_task;
  }
  loader.preprocessors = facts.preprocessors;
  return source_.components.files.empty() ? std::string() : report::loader_snippet(loader);
}

report::ExportReport ExportJob::report() const {
  report::ExportReport report;
  report.output = out_->path_of(out_name_);
  report.model = &result_->model;
  report.parameters = result_->facts.parameters;
  report.written = written_;
  if (written_.weights == onnx::WeightMode::external)
    report.data_file = out_->path_of(write_options_.data_location);
  if (written_.weights == onnx::WeightMode::reference) {
    for (const auto& [source, name] : write_options_.reference_locations)
      report.data_file +=
          (report.data_file.empty() ? "" : ", ") + (request_.hub_weights ? name : out_->path_of(name));
    if (request_.hub_weights) report.hub_name = source_.source->repo_id + "@" + source_.source->commit;
  }
  if (!sidecar_name_.empty()) report.sidecar = out_->path_of(sidecar_name_);
  if (!report_name_.empty()) report.report = out_->path_of(report_name_);
  const ExportFacts& facts = result_->facts;
  report.hierarchy = {facts.modules, facts.called,   facts.nodes_tagged, facts.direct,
                      facts.parent,  facts.root_own, facts.fallback};
  report.source = source_.source;
  for (const auto& file : source_.components.files) report.components.push_back(file.path);
  report.verified = verified_;
  report.seconds = seconds();
  report.peak_rss_bytes = std::max({io::peak_memory(), read_.peak_rss, verifier_.peak_rss()});
  report.loader = loader();
  return report;
}

Status ExportJob::write() {
  started_ = std::chrono::steady_clock::now();
  begun_ = {utc_now(), 0};
  // A directory that takes no files is found before the work.
  ME_TRY(sink_, out_->create(out_name_, true));
  ME_TRY(result_, lower());
  for (Diagnostic warning : result_->warnings) {
    if (warning.where.path.empty()) warning.where.path = part_.archive;
    context_.warn(warning);
  }
  ME_CHECK(write_model(*result_));
  ME_CHECK(verify(*result_));
  ME_CHECK(write_htp_files(*result_));
  return write_components();
}

void ExportJob::print_notes() {
  if (with_components_ && !source_.note.empty()) context_.note(source_.note);
  if (!weights_note_.empty()) context_.note(weights_note_);
}

}  // namespace modelexport::commands
