#include "convert/pt2_export.h"

#include "bytes/window_sink.h"
#include "convert/archive_record.h"
#include "convert/graph_options.h"
#include "convert/named_source.h"
#include "format/format.h"
#include "json/diagnostic.h"
#include "pt2/pt2.h"
#include "report/export_report.h"

namespace modelexport::convert {

using options::get;
using options::has;
namespace {

constexpr std::string_view kOptions[] = {
    "opset",         "input",   "dynamic", "static", "output-name", "hierarchy",
    "torch-modules", "weights", "source",  "task",   "keep-paths",  "allow-unpinned",
};

std::string_view last_part(std::string_view path) { return path.substr(path.find_last_of("/\\") + 1); }

Status require_pt2(const ByteSource& archive, const Limits& limits) {
  ME_TRY(const format::Detected detected, format::detect_format(archive, limits));
  ME_CHECK(format::require_archive(detected, archive));
  if (detected.format == format::Format::pt2) return {};
  return fail(ErrorCode::input_wrong_format,
              "the input is a TorchScript archive, which only the command line's worker with libtorch reads",
              {.path = archive.name()},
              "modelexport export FILE.pt -o OUT, or save the model with torch.export as .pt2");
}

}  // namespace

std::span<const std::string_view> pt2_option_names() { return kOptions; }

Status Pt2Export::choose_source(const ByteSource& archive, const Request& request) {
  ME_TRY(const auto text, read_record_text(archive, request.limits));
  if (text) {
    auto record = stamp::read_record(*text, request.limits);
    if (record) {
      record_ = std::move(*record);
    } else {
      warnings_.push_back(std::move(record.error()));
      warnings_.back().severity = Severity::warning;
    }
  }
  const std::string name = get(request.options, "source");
  if (!name.empty()) {
    ME_TRY(source_, named_source(name));
    const bool recorded = record_ && record_->kind == source::Kind::hub &&
                          record_->repo_id == source_->repo_id && !source_->repo_id.empty() &&
                          (source_->commit.empty() || source_->commit == record_->commit);
    if (recorded) source_ = stamp::source_of(*record_);
    source_->input = name;
  } else if (record_ && record_->kind != source::Kind::invalid) {
    source_ = stamp::source_of(*record_);
  }
  return {};
}

Status Pt2Export::make_stamp(const Request& request, ExportOptions& options) {
  StampRequest wanted;
  wanted.source = source_ ? &*source_ : nullptr;
  wanted.record = record_ ? &*record_ : nullptr;
  wanted.task = get(request.options, "task");
  wanted.keep_paths = has(request.options, "keep-paths");
  wanted.allow_unpinned = has(request.options, "allow-unpinned");
  wanted.version = request.version;
  ME_TRY(Stamped stamped, stamp_export(wanted));
  options.metadata = std::move(stamped.entries);
  options.task = std::move(stamped.task);
  warnings_.insert(warnings_.end(), stamped.warnings.begin(), stamped.warnings.end());
  return {};
}

Status Pt2Export::lower(const ByteSource& archive, const Request& request) {
  ME_CHECK(require_pt2(archive, request.limits));
  ME_TRY(ExportOptions options, parse_export_options(request.options));
  options.producer_version = request.version;
  options.limits = request.limits;
  onnx::WriteOptions write;
  ME_TRY(write.weights, parse_weight_mode(get(request.options, "weights")));
  options.reference_weights = write.weights == onnx::WeightMode::reference;
  write.data_location = std::string(last_part(output_)) + "_data";
  write.reference_locations = {{&archive, std::string(last_part(archive.name()))}};
  ME_CHECK(choose_source(archive, request));
  ME_CHECK(make_stamp(request, options));
  ME_TRY(aten::Graph graph, pt2::read_pt2(archive, request.limits));
  Diagnostics problems;
  ME_TRY(result_, export_graph(std::move(graph), {&archive, nullptr}, options, problems));
  warnings_.insert(warnings_.end(), result_.warnings.begin(), result_.warnings.end());
  ME_TRY(stream_, onnx::ModelStream::make(result_.model, write));
  const onnx::WeightMode mode = stream_->summary().weights;
  if (mode == onnx::WeightMode::external) data_file_ = write.data_location;
  if (mode == onnx::WeightMode::reference) data_file_ = write.reference_locations.front().second;
  return {};
}

Result<std::unique_ptr<Pt2Export>> Pt2Export::open(const ByteSource& archive, const Request& request) {
  std::unique_ptr<Pt2Export> made(new Pt2Export);
  made->output_ = request.output;
  Status status = made->lower(archive, request);
  if (status) return made;
  if (status.error().where.path.empty()) status.error().where.path = archive.name();
  return fail(std::move(status.error()));
}

std::uint64_t Pt2Export::size(Part part) const {
  return part == Part::model ? stream_->summary().model_bytes : stream_->summary().data_bytes;
}

Result<std::uint64_t> Pt2Export::write(Part part, std::uint64_t start, std::uint64_t enough,
                                       ByteSink& to) const {
  WindowSink window(to, start, enough);
  onnx::ProgressMeter meter(no_progress(), "", 0, &window);
  ME_CHECK(part == Part::model ? stream_->write_model(window, meter) : stream_->write_data(window, meter));
  return window.end();
}

json::Json Pt2Export::document() const {
  report::ExportReport report;
  report.output = output_;
  report.model = &result_.model;
  report.parameters = result_.facts.parameters;
  report.written = stream_->summary();
  report.data_file = data_file_;
  const ExportFacts& facts = result_.facts;
  report.hierarchy = {facts.modules, facts.called,   facts.nodes_tagged, facts.direct,
                      facts.parent,  facts.root_own, facts.fallback};
  report.source = source_;
  json::Json document = json::Json::object();
  document["report"] = report::export_json(report);
  json::Json warnings = json::Json::array();
  for (const Diagnostic& warning : warnings_) {
    json::Json entry = json::error_document(warning);
    warnings.push_back(std::move(entry["error"]));
  }
  document["warnings"] = std::move(warnings);
  document["model_bytes"] = size(Part::model);
  document["data_bytes"] = size(Part::data);
  document["data_file"] = data_file_.empty() ? json::Json() : json::Json(data_file_);
  return document;
}

}  // namespace modelexport::convert
