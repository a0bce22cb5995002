// A model that is measured and ready to be written, at once or in parts.
//
// Purpose   The length of everything is known before the first byte. With a WindowSink, and a meter that
// knows
//           it, any part of the output is made without the rest being read: hosts that cannot wait inside a
//           call (WebAssembly) write window after window.
// Ownership The model and the sources of its weights are borrowed and must outlive the stream.
#pragma once

#include "onnx/model_builder.h"
#include "onnx/strided_copy.h"

namespace modelexport::onnx {

class ModelStream {
 public:
  static Result<ModelStream> make(const Model& model, const WriteOptions& options);

  [[nodiscard]] const WriteSummary& summary() const { return summary_; }
  Status write_model(ByteSink& out, ProgressMeter& meter) const;
  /// The data file of the mode `external`; nothing in other modes.
  Status write_data(ByteSink& out, ProgressMeter& meter) const;

 private:
  Rope rope_;
  DataFile data_;
  WriteSummary summary_;
};

}  // namespace modelexport::onnx
