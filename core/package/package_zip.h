// A planned package as a zip file: stored, streamed, equal bytes for equal plans, natively and in browsers.
//
// Order     The plan's files by path, then the manifest; times fixed.
// Reads     Every input twice: sizes and checksums stand before the content, because many readers refuse
//           stored members whose checksum follows (Java, streaming extractors).
// Errors    Those of reading and of the sink; io_short_read when an input changes meanwhile.
#pragma once

#include "package/file_bytes.h"

namespace modelexport::package {

/// Writes the zip; does not finish the sink. Returns the manifest with all files.
Result<Manifest> write_zip(const PackagePlan& plan, const Inputs& inputs, ByteSink& sink, Progress& progress);

}  // namespace modelexport::package
