// A package against its manifest: what is missing, changed, or not listed.
//
// Purpose   `check DIR` and the page; also pack, before it takes files from beside a model.
// Ownership The tree is borrowed during the call. Files are read in windows, one at a time.
// Errors    Only those of a tree that cannot be read at all; everything about the content is a finding.
#pragma once

#include "package/manifest.h"

namespace modelexport::package {

struct VerifyOptions {
  bool checksums = true;  ///< false: names and sizes only
};

/// pkg_file_missing, pkg_file_changed (errors), pkg_file_unlisted (info); in the manifest's order, then by
/// path. `where.path` is relative to the package.
Result<Diagnostics> verify(const Manifest& manifest, const components::SourceTree& tree,
                           const VerifyOptions& options, Progress& progress);

}  // namespace modelexport::package
