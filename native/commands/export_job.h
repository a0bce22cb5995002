// One export, step by step: find input and source, plan outputs, read, lower, write, commit.
//
// Purpose   Everything that can be refused is refused before work starts: input kind, source, components,
//           collisions, the output directory. Dropping the job at any point leaves no output.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cli/context.h"
#include "commands/capture.h"
#include "commands/model_source.h"
#include "commands/package_manifest.h"
#include "commands/torch_worker.h"
#include "commands/verify_export.h"
#include "commands/weight_files.h"
#include "format/format.h"
#include "io/file_source.h"
#include "io/output_directory.h"
#include "modelexport/export.h"
#include "report/export_report.h"

namespace modelexport::commands {

class ExportJob {
 public:
  explicit ExportJob(cli::Context& context) : context_(context) {}
  Result<int> run();

 private:
  Status parse_options();
  Status find_archive();
  Status plan_outputs();
  Status check_not_the_input() const;
  Result<int> print_plan();
  Result<ExportResult> lower();
  void warn_about_fit(const ExportResult& result);
  Status write(const ExportResult& result);
  /// Compares what is staged with the archive; an error unless it agrees, cannot be told, or is kept anyway.
  Status verify(const ExportResult& result);
  Status write_components();
  Status write_manifest(const ExportResult& result);
  /// Sidecar and report, as far as they were asked for.
  Status write_htp_files(const ExportResult& result);
  Status write_text(const std::string& name, std::string_view text);
  [[nodiscard]] double seconds() const;
  void print(const ExportResult& result);
  [[nodiscard]] std::string loader() const;

  cli::Context& context_;
  Limits limits_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  ExportOptions options_;
  onnx::WriteOptions write_options_;
  bool package_ = false;       ///< OUT is a directory
  std::string out_directory_;  ///< "" is the current one
  std::string out_name_;       ///< of the .onnx
  std::string sidecar_name_;   ///< "" if not wanted
  std::string report_name_;
  std::string given_source_;
  Captured captured_;
  std::string archive_path_;
  format::Format format_ = format::Format::unknown;
  std::unique_ptr<io::FileSource> archive_;
  ModelSource source_;
  bool hub_weights_ = false;         ///< --weights hub
  std::vector<std::size_t> copies_;  ///< indices of component files that are not there yet
  std::unique_ptr<io::OutputDirectory> out_;
  std::unique_ptr<ByteSink>
      sink_;  ///< of the .onnx, opened early: a directory that takes no files is found first
  WorkerGraph read_;
  PackageManifest manifest_;
  ExportVerifier verifier_{context_};
  report::Verified verified_;
  WeightFiles weight_files_;
  std::string weights_note_;
  onnx::WriteSummary written_;
  /// When a step was done.
  struct Step {
    std::string time;
    double seconds = 0;
  };
  Step begun_, read_done_, lowered_;
};

}  // namespace modelexport::commands
