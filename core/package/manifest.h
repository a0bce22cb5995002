// modelexport.json of a package: every file with size and checksum, where it came from and what was edited.
//
// Purpose   A package can be checked without its source: one flipped bit is found, an edited configuration is
//           told from the original, and the source is named with its commit.
// Bytes     Equal packages give equal manifests: files sorted by path, no times, no names of machines.
// Errors    pkg_manifest_invalid when a text is no manifest.
// Not to be confused with the capture record, the extra file of the same name inside an archive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "modelexport/components.h"
#include "modelexport/stamp.h"

namespace modelexport::package {

inline constexpr std::string_view kManifestName = "modelexport.json";

struct ManifestFile {
  std::string path;  ///< relative to the package, parts separated by '/'
  std::uint64_t bytes = 0;
  std::string sha256;              ///< 64 hexadecimal digits
  std::string from;                ///< "export", "model", "source" or "made"
  std::string reason;              ///< "config", "tokenizer", "weights", …
  std::vector<std::string> edits;  ///< what differs from the source's file, and why
};

struct ManifestSource {
  std::string kind = "unknown";  ///< "hub", "local", "unknown"
  std::string hub_id;
  std::string revision;  ///< full commit
  std::string evidence;  ///< how the commit is known
  std::string path;      ///< as far as the stamp tells it
  std::string license;
};

struct Manifest {
  ManifestSource source;
  std::string version;        ///< of the program that wrote the package
  std::string captured_with;  ///< JSON text of the stamp's modelexport.captured_with, "" if unknown
  std::string task;
  std::vector<std::string> targets;
  std::vector<ManifestFile> files;
};

/// Source, task and versions as an ONNX file's metadata tell them.
Manifest manifest_of_stamp(const stamp::Entries& entries, std::string_view version);
/// Reasons and edits of the files that came from a plan; `from` is "source". Others keep what they have.
void describe_components(const components::ComponentPlan& plan, std::vector<ManifestFile>& files);

json::Json manifest_json(const Manifest& manifest);
/// The file's text: indented, with a final newline.
std::string manifest_text(const Manifest& manifest);
Result<Manifest> read_manifest(std::string_view text, const Limits& limits);

}  // namespace modelexport::package
