// One file of the Hub into a blob of the shared cache.
//
// Purpose   Bytes are hashed while they arrive; the blob appears by rename, and only if size and digest are
// what
//           the Hub's list of files says. A broken connection goes on where it broke.
// Memory    One libcurl buffer, whatever the file's size.
// Errors    hub_integrity, hub_bad_answer, hub_cache_write and those of the client. Nothing half-written
// stays.
#pragma once

#include <string>

#include "hub/cache.h"
#include "hub/client.h"

namespace modelexport::hub {

/// Progress over several files.
struct DownloadProgress {
  Progress& progress;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

/// Downloads `file` of REPO@COMMIT unless its blob is there by now, and points the snapshot to it. True if
/// bytes were downloaded.
Result<bool> download_file(Client& client, const Cache& cache, const std::string& repo_id,
                           const std::string& commit, const RepoFile& file, DownloadProgress& progress);

}  // namespace modelexport::hub
