// --weights reference, --weights-from and --weights hub: the files that the ONNX file will point into.
//
// Errors    ext_location when a file is not in the output's directory or no weight is equal to what it holds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "commands/stand_in.h"
#include "io/file_source.h"
#include "modelexport/export.h"
#include "modelexport/source.h"

namespace modelexport::commands {

/// The name under which `path` is reachable from the ONNX file; an error unless both lie in one directory.
Result<std::string> reference_name(const std::string& path, const std::string& out_directory);

class WeightFiles {
 public:
  /// Opens the files of --weights-from; `out_name` must not be one of them.
  Status open(const std::vector<std::string>& paths, const std::string& out_directory,
              const std::string& out_name);
  /// Opens the safetensors of a pinned Hub source (--weights hub): they are named as in the repository, and
  /// `pack` brings them beside the ONNX file.
  Status open_hub(cli::Context& context, source::Source& source, const std::string& out_name,
                  const Limits& limits);
  [[nodiscard]] bool empty() const { return files_.empty(); }
  /// Points equal initializers into the files; returns what to say about those that stay, "" if nothing.
  struct Reference {
    std::string note;       ///< what stays in the ONNX file, or ""
    bool is_proof = false;  ///< most weights are there byte for byte, and none is there with other content
    std::vector<StandIn> stand_ins;  ///< for files that are not beside the output: what can stand in for them
  };
  Result<Reference> refer(cli::Context& context, ExportResult& result, const Limits& limits) const;
  [[nodiscard]] std::vector<std::pair<const ByteSource*, std::string>> locations() const;
  /// Name and SHA-256 of the Hub's files, for the model's metadata.
  Result<std::vector<std::pair<std::string, std::string>>> hub_digests(Progress& progress) const;
  [[nodiscard]] Status verify_unchanged() const;

 private:
  struct File {
    std::unique_ptr<ByteSource> source;
    std::string name;
    const io::FileSource* file = nullptr;  ///< `source`, if it is a file that could change meanwhile
    std::string sha256;                    ///< of a Hub's file, "" if the Hub keeps none
  };
  std::vector<File> files_;
};

}  // namespace modelexport::commands
