// One archive to one ONNX file, step by step: open, plan outputs, read, lower, write. ExportRun commits.
//
// Purpose   Everything that can be refused is refused before work starts: input kind, source, components,
//           collisions. Dropping the job at any point leaves no output.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "commands/archive_set.h"
#include "commands/export_request.h"
#include "commands/model_source.h"
#include "commands/torch_worker.h"
#include "commands/verify_export.h"
#include "commands/weight_files.h"
#include "format/format.h"
#include "io/file_source.h"
#include "io/output_directory.h"
#include "modelexport/export.h"
#include "package/manifest.h"
#include "report/export_report.h"

namespace modelexport::commands {

class ExportJob {
 public:
  /// A part without archive is not captured yet: it can only be planned. The components of the source are
  /// written by the job that is told to.
  ExportJob(cli::Context& context, const ExportRequest& request, ArchivePart part, bool with_components);

  Status open();
  Status plan(io::OutputDirectory& out);
  struct PlannedStep {
    std::string path, action, reason;
  };
  [[nodiscard]] std::vector<PlannedStep> steps() const;
  Status write();
  void print_notes();
  /// Adds the files of this part, without sizes and checksums.
  Status describe(package::Manifest& manifest) const;
  [[nodiscard]] const onnx::Model& model() const { return result_->model; }
  [[nodiscard]] const std::string& file_name() const { return out_name_; }  ///< of the .onnx
  [[nodiscard]] const onnx::WriteOptions& write_options() const { return write_options_; }
  /// Nothing: unknown.
  [[nodiscard]] const std::optional<source::Source>& source() const { return source_.source; }
  /// What verification found wrong; the outputs are kept anyway if the user said so.
  [[nodiscard]] const std::optional<Diagnostic>& failure() const { return verifier_.failure(); }
  /// Refers to the job.
  [[nodiscard]] report::ExportReport report() const;

 private:
  Status check_not_the_input() const;
  Status plan_components();
  Result<ExportResult> lower();
  void warn_about_fit(const ExportResult& result);
  Status write_model(const ExportResult& result);
  /// Compares what is staged with the archive; an error unless it agrees, cannot be told, or is kept anyway.
  Status verify(const ExportResult& result);
  Status write_components();
  /// Sidecar and report, as far as they were asked for.
  Status write_htp_files(const ExportResult& result);
  Status write_text(const std::string& name, std::string_view text);
  [[nodiscard]] double seconds() const;
  [[nodiscard]] std::string loader() const;

  cli::Context& context_;
  Limits limits_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  const ExportRequest& request_;
  ArchivePart part_;
  bool with_components_;
  ExportOptions options_;
  onnx::WriteOptions write_options_;
  std::string out_name_;      ///< of the .onnx
  std::string sidecar_name_;  ///< "" if not wanted
  std::string report_name_;
  format::Format format_ = format::Format::unknown;
  std::unique_ptr<io::FileSource> archive_;
  ModelSource source_;
  std::vector<std::size_t> copies_;  ///< indices of component files that are not there yet
  io::OutputDirectory* out_ = nullptr;
  std::unique_ptr<ByteSink> sink_;  ///< of the .onnx
  WorkerGraph read_;
  ExportVerifier verifier_{context_};
  report::Verified verified_;
  WeightFiles weight_files_;
  std::string weights_note_;
  std::vector<StandIn> stand_ins_;  ///< for the weight files that stay on the Hub
  onnx::WriteSummary written_;
  std::optional<ExportResult> result_;
  /// When a step was done.
  struct Step {
    std::string time;
    double seconds = 0;
  };
  Step begun_, read_done_, lowered_;
};

}  // namespace modelexport::commands
