// One export of a .pt2 archive for hosts without a file system: bytes in by ranges, output out by windows.
//
// Purpose   `modelexport export` for WebAssembly: the same options by the same names, the same bytes.
// Use       open() reads and lowers; then write() until its answer is the size of the output. Every call only
//           reads, so that it can be made again when a read failed because bytes were not there yet.
// Ownership The source must outlive the export.
// Errors    those of the command line. A local source is stamped as it is named: nobody can look for it here.
// Memory    The program and the model's structure; of weights at most a window.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "json/json.h"
#include "modelexport/export.h"
#include "modelexport/source.h"
#include "modelexport/stamp.h"
#include "onnx/model_stream.h"
#include "options/option_values.h"

namespace modelexport::convert {

/// What open() understands, by the command line's names.
std::span<const std::string_view> pt2_option_names();

class Pt2Export {
 public:
  struct Request {
    options::OptionValues options;
    std::string output = "model.onnx";  ///< name of the ONNX file; the data file is named after it
    std::string version;                ///< the program's
    Limits limits;
  };
  static Result<std::unique_ptr<Pt2Export>> open(const ByteSource& archive, const Request& request);

  enum class Part : std::uint8_t { model, data };
  [[nodiscard]] std::uint64_t size(Part part) const;
  /// Passes at least `enough` bytes from `start` on (or the rest); the answer is where it ended.
  Result<std::uint64_t> write(Part part, std::uint64_t start, std::uint64_t enough, ByteSink& to) const;
  /// {"report": as `export --json`, "warnings": […], "model_bytes", "data_bytes", "data_file"}.
  [[nodiscard]] json::Json document() const;

 private:
  Pt2Export() = default;
  Status choose_source(const ByteSource& archive, const Request& request);
  Status make_stamp(const Request& request, ExportOptions& options);
  Status lower(const ByteSource& archive, const Request& request);

  std::string output_;
  std::optional<source::Source> source_;
  std::optional<stamp::Record> record_;
  Diagnostics warnings_;
  ExportResult result_;
  std::optional<onnx::ModelStream> stream_;
  std::string data_file_;
};

}  // namespace modelexport::convert
