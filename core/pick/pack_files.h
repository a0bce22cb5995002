// One package for hosts without a file system: files in by ranges, the zip out as pieces of those files.
//
// Purpose   `modelexport pack … -o FILE.zip` for WebAssembly: the same plan builders, options by the same
//           names, the same bytes.
// Use       open() plans; sum() until it says that nothing is left; layout() then names the pieces. Every
//           call can be made again when a read failed because bytes were not there yet.
// Ownership Owns the files.
// Errors    those of the command line. Without "source" the stamp says where the components come from; that
//           those given are of the stamped commit is believed, with a warning (pack_unproven), unless the
//           host says with "fetched": "ID@COMMIT" that it has them from there.
// Memory    The models' structure and small files; of weights a window.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "options/option_values.h"
#include "package/file_sums.h"
#include "pick/picked_files.h"
#include "report/pack_report.h"

namespace modelexport::pick {

/// What open() understands, by the command line's names.
std::span<const std::string_view> pack_option_names();

class PackFiles {
 public:
  struct Request {
    std::vector<PickedFile> files;
    options::OptionValues options;
    std::string output = "model.zip";
    std::string version;  ///< the program's
    Limits limits;
  };
  static Result<std::unique_ptr<PackFiles>> open(Request request);

  /// As `pack --dry-run --json`, and {"warnings", "loader", "choices", "source", "bytes"}.
  [[nodiscard]] json::Json document() const;
  /// Reads at least `enough` bytes of the package for its checksums; the answer is how many were read in all.
  Result<std::uint64_t> sum(std::uint64_t enough);
  [[nodiscard]] bool summed() const { return sums_.size() == plan_.files.size(); }
  /// {"report": as `pack --json`, "text": as `pack`, "size", "pieces": [{"file", "offset", "size"} |
  /// {"base64"}]}; `file` counts within the request's files.
  [[nodiscard]] Result<json::Json> layout() const;

 private:
  PackFiles() = default;
  Status read_options(const Request& request);
  Status open_models();
  Status choose_source();
  /// Whether a component that was picked is, by name and size, a model or its data.
  [[nodiscard]] bool is_same_file(const package::InputFile& input, const std::string& component) const;
  Status make_plan();
  void believe_components(const stamp::Stamp& stamp);
  [[nodiscard]] report::PackReport report() const;

  options::OptionValues given_;
  std::string output_;
  package::PackOptions options_;
  std::unique_ptr<PickedFiles> files_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<ByteSource>> sources_;
  std::vector<std::unique_ptr<onnx::ModelView>> models_;
  std::unique_ptr<components::SourceTree> tree_;
  package::ManifestSource source_;
  std::string shown_;
  Diagnostics warnings_;
  components::ComponentPlan components_;
  package::PackagePlan plan_;
  std::vector<package::Sums> sums_;
  std::unique_ptr<package::FileBytes> reading_;
  std::unique_ptr<package::FileSums> running_;
  std::uint64_t read_ = 0;
};

}  // namespace modelexport::pick
