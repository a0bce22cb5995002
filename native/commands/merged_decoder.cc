#include "commands/merged_decoder.h"

#include "convert/merge_decoders.h"
#include "io/memory.h"

namespace modelexport::commands {
namespace {

constexpr const char* kName = "decoder_model_merged.onnx";
constexpr const char* kDataName = "decoder_model_merged.onnx_data";

}  // namespace

std::unique_ptr<MergedDecoder> MergedDecoder::of(cli::Context& context,
                                                 const std::vector<std::unique_ptr<ExportJob>>& jobs) {
  const ExportJob* first = nullptr;
  const ExportJob* cached = nullptr;
  for (const auto& job : jobs) {
    if (job->file_name() == kName) return nullptr;
    if (job->file_name() == "decoder_model.onnx") first = job.get();
    if (job->file_name() == "decoder_with_past_model.onnx") cached = job.get();
  }
  if (first == nullptr || cached == nullptr || context.arguments.has("no-merge")) return nullptr;
  return std::unique_ptr<MergedDecoder>(new MergedDecoder(context, *first, *cached));
}

std::string MergedDecoder::file_name() { return kName; }

Status MergedDecoder::plan(io::OutputDirectory& out) {
  out_ = &out;
  return out_->plan(kName);
}

ExportJob::PlannedStep MergedDecoder::step() const {
  return {out_->path_of(kName), "merge", first_.file_name() + ", " + cached_.file_name()};
}

Status MergedDecoder::write() {
  const auto started = std::chrono::steady_clock::now();
  ME_TRY(model_, convert::merge_decoders(first_.model(), cached_.model()));
  options_ = first_.write_options();
  const auto& more = cached_.write_options().reference_locations;
  options_.reference_locations.insert(options_.reference_locations.end(), more.begin(), more.end());
  options_.data_location = kDataName;
  // What the archives' sizes decided for each decoder may differ for both.
  if (options_.weights != onnx::WeightMode::reference) {
    options_.weights =
        context_.arguments.get("weights", "auto") == "auto" ? onnx::WeightMode::automatic : options_.weights;
    options_.weights = onnx::decide_weights(*model_, options_);
  }
  std::unique_ptr<ByteSink> data;
  if (options_.weights == onnx::WeightMode::external) {
    ME_CHECK(out_->plan(kDataName));
    ME_TRY(data, out_->create(kDataName));
  }
  ME_TRY(const auto sink, out_->create(kName, true));
  ME_TRY(written_, onnx::write_model(*model_, options_, *sink, data.get(), context_.progress));
  if (data != nullptr) ME_CHECK(data->finish());
  ME_CHECK(sink->finish());
  seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return {};
}

void MergedDecoder::describe(package::Manifest& manifest) const {
  const std::string from = first_.file_name() + " and " + cached_.file_name();
  for (const char* name : {kName, kDataName}) manifest.files.push_back({name, 0, "", "export", from, {}});
}

report::ExportReport MergedDecoder::report() const {
  report::ExportReport report = first_.report();
  report.output = out_->path_of(kName);
  report.model = &*model_;
  report.written = written_;
  report.data_file = written_.weights == onnx::WeightMode::external ? out_->path_of(kDataName) : "";
  if (written_.weights == onnx::WeightMode::reference)
    report.data_file = first_.report().data_file + ", " + cached_.report().data_file;
  report.sidecar.clear();
  report.report.clear();
  report.components.clear();
  report.loader.clear();
  const report::HierarchyCounts cached = cached_.report().hierarchy;
  report.hierarchy.nodes_tagged += cached.nodes_tagged;
  report.hierarchy.direct += cached.direct;
  report.hierarchy.parent += cached.parent;
  report.hierarchy.root_own += cached.root_own;
  report.hierarchy.fallback += cached.fallback;
  report.verified = {};
  report.verified.reason =
      "its two graphs are those of " + first_.file_name() + " and " + cached_.file_name();
  report.seconds = seconds_;
  report.peak_rss_bytes = io::peak_memory();
  return report;
}

}  // namespace modelexport::commands
