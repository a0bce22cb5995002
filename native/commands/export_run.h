// One run of `export`: the archives that it reads, and all of its outputs at once.
//
// Purpose   A model directory or Hub id is captured first; a directory of archives (an encoder-decoder set)
//           gives one ONNX file for each, and one of both decoders. Everything that can be refused is refused
//           before work starts, and nothing appears before all of it is complete.
#pragma once

#include <memory>
#include <vector>

#include "commands/archive_set.h"
#include "commands/capture.h"
#include "commands/export_job.h"
#include "commands/merged_decoder.h"
#include "commands/pack_job.h"
#include "commands/package_manifest.h"
#include "io/temporary_directory.h"

namespace modelexport::commands {

class ExportRun {
 public:
  explicit ExportRun(cli::Context& context) : context_(context) {}
  Result<int> run();

 private:
  Status find_archives();
  Status capture(const std::string& model);
  Status make_jobs();
  Result<int> print_plan();
  Status write_manifest();
  /// --target: the ONNX files go to a passing directory and are packed from there.
  Status prepare_packing();
  void register_staged();
  Status pack();
  [[nodiscard]] std::vector<report::ExportReport> reports() const;
  /// Both loaders prefer the merged decoder to its halves, which hold the same weights again.
  [[nodiscard]] bool is_merged_half(const std::string& name) const;
  /// "modelexport load OUT/model.onnx -o DIRECTORY" for what was written.
  [[nodiscard]] std::string load_command(const std::vector<report::ExportReport>& reports) const;
  void print();

  cli::Context& context_;
  Limits limits_;
  ExportRequest request_;
  Captured captured_;
  std::vector<ArchivePart> parts_;                   ///< empty: not captured because of --dry-run
  std::unique_ptr<io::TemporaryDirectory> staging_;  ///< with --target
  std::vector<std::string> staged_;                  ///< names in it
  std::unique_ptr<PackJob> packing_;
  std::unique_ptr<io::OutputDirectory> out_;
  PackageManifest manifest_;
  std::vector<std::unique_ptr<ExportJob>> jobs_;
  std::unique_ptr<MergedDecoder> merged_;  ///< of a set with two decoders
};

}  // namespace modelexport::commands
