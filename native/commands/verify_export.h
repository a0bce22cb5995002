// `export --verify`: the written ONNX file against the archive's own execution, before the file appears.
//
// Purpose   Both run at the archive's example sizes and at two others. What cannot be verified is said so;
//           with `on` it is an error. Sizes that the archive keeps as constants become warnings
//           (verify_hazards.h), a difference is an error that names output, amount and module
//           (verify_locate.h).
// Order     parse → note_archive (before the graph is lowered) → run (after the files are written, before
//           they are committed).
#pragma once

#include "commands/installation.h"
#include "commands/stand_in.h"
#include "commands/verify_runs.h"
#include "io/linked_view.h"
#include "io/output_directory.h"
#include "modelexport/export.h"
#include "report/verified.h"
#include "verify/compare.h"

namespace modelexport::commands {

/// The files as they are staged.
struct WrittenFiles {
  io::OutputDirectory* out = nullptr;
  std::string model;                             ///< name of the .onnx
  std::vector<std::string> data;                 ///< staged beside it
  std::vector<std::string> others;               ///< existing files that it refers to
  const std::vector<StandIn>* absent = nullptr;  ///< files that it refers to and that are elsewhere
  const onnx::WriteOptions* write = nullptr;
};

class ExportVerifier {
 public:
  explicit ExportVerifier(cli::Context& context) : context_(context) {}

  /// Reads the options; with `on`, fails if it is known now that nothing can be verified.
  Status parse();
  [[nodiscard]] bool wanted() const { return mode_ != Mode::off; }
  [[nodiscard]] bool keeps_unverified() const { return keep_; }
  /// Takes what is needed of the graph before it is changed.
  Status note_archive(WorkerGraph& read, const std::string& path, std::uint64_t archive_bytes,
                      bool torchscript, verify::Ranges ranges);
  /// What to report. A difference is in failure().
  Result<report::Verified> run(const ExportResult& result, const WrittenFiles& files);
  [[nodiscard]] const std::optional<Diagnostic>& failure() const { return failure_; }
  [[nodiscard]] std::uint64_t peak_rss() const { return peak_rss_; }

 private:
  enum class Mode : std::uint8_t { off, automatic, on };
  /// One set of sizes.
  struct Case {
    verify::Sizes sizes;
    verify::Tensors archive_inputs, model_inputs;
    Execution archive, model;
  };

  Status write_graph(WorkerGraph& read);
  Result<report::Verified> not_verified(std::string reason) const;
  Result<report::Verified> attempt(const ExportResult& result, const WrittenFiles& files);
  [[nodiscard]] std::optional<std::string> too_much() const;
  /// The files as a reader will see them.
  Result<std::unique_ptr<io::LinkedView>> assemble(const WrittenFiles& files) const;
  std::optional<Case> make_case(const ExportResult& result, const verify::Sizes& sizes) const;
  Status make_cases(const ExportResult& result);
  Status run_archive_cases();
  Status find_hazards(const ExportResult& result);
  Status replace_limited(const ExportResult& result);
  Status run_model_cases(const std::string& model);
  Result<report::Verified> compare(const ExportResult& result, const WrittenFiles& files,
                                   io::LinkedView& view);
  Diagnostic describe(const Case& failed, const std::string& output, const verify::Difference& difference,
                      const WrittenFiles& files) const;
  void locate(const ExportResult& result, const WrittenFiles& files, io::LinkedView& view,
              const Case& failed);

  cli::Context& context_;
  Mode mode_ = Mode::automatic;
  bool keep_ = false;
  std::optional<double> atol_;
  double coarsest_ = 0;  ///< tolerance of the weights' coarsest type: what is computed in it is no better
  std::optional<std::string> library_;
  std::string no_library_;
  ArchiveNotes archive_;
  std::uint64_t archive_bytes_ = 0;
  verify::SizePlan plan_;
  std::vector<Case> cases_;
  std::string version_;
  std::string note_;
  std::optional<Diagnostic> failure_;
  std::uint64_t peak_rss_ = 0;
};

}  // namespace modelexport::commands
