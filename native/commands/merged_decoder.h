// decoder_model_merged.onnx beside the two decoders of an exported set.
//
// Purpose   The standard set of an encoder-decoder model has it, and transformers.js opens no other form. It
// is
//           made from the two graphs before they are written; nothing is read back.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "commands/export_job.h"

namespace modelexport::commands {

class MergedDecoder {
 public:
  /// Nothing unless the jobs are a set with both decoders and without a merged one. Jobs must outlive it.
  static std::unique_ptr<MergedDecoder> of(cli::Context& context,
                                           const std::vector<std::unique_ptr<ExportJob>>& jobs);

  [[nodiscard]] static std::string file_name();
  Status plan(io::OutputDirectory& out);
  [[nodiscard]] ExportJob::PlannedStep step() const;
  /// After both decoders are written.
  Status write();
  void describe(package::Manifest& manifest) const;
  /// Refers to this object.
  [[nodiscard]] report::ExportReport report() const;

 private:
  MergedDecoder(cli::Context& context, const ExportJob& first, const ExportJob& cached)
      : context_(context), first_(first), cached_(cached) {}

  cli::Context& context_;
  const ExportJob& first_;
  const ExportJob& cached_;
  io::OutputDirectory* out_ = nullptr;
  onnx::WriteOptions options_;
  std::optional<onnx::Model> model_;
  onnx::WriteSummary written_;
  double seconds_ = 0;
};

}  // namespace modelexport::commands
