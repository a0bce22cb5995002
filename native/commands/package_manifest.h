// Writing modelexport.json into an output directory, last, when sizes and checksums of all files are known.
//
// Purpose   export and pack use the same: plan() before work starts, write() before commit.
// Existing  A manifest that is already there belongs to the package that is written over: files that it lists
//           and that are not written anew stay listed. With --force they are removed, if they are unchanged.
#pragma once

#include <set>
#include <string>

#include "cli/context.h"
#include "io/output_directory.h"
#include "package/manifest.h"

namespace modelexport::commands {

class PackageManifest {
 public:
  /// Finds collisions with a file of that name which is no manifest, and turns on hashing.
  Status plan(io::OutputDirectory& out, const std::string& directory, bool force);
  /// `manifest` without sizes and checksums: they come from `out`. Files in it describe those of `out` by
  /// path. Returns what was written.
  Result<package::Manifest> write(io::OutputDirectory& out, package::Manifest manifest);

 private:
  Status keep_or_remove(io::OutputDirectory& out, const std::set<std::string>& written,
                        package::Manifest& manifest) const;

  std::string directory_;
  bool force_ = false;
  package::Manifest old_;
};

/// The manifest in a directory; nothing if there is none or it is another program's file.
std::optional<package::Manifest> read_manifest_in(const std::string& directory);

}  // namespace modelexport::commands
