// The files of a commit: the Hub's tree answers, and the form in which the shared cache keeps them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/exchange.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::hub {

struct RepoFile {
  std::string path;
  std::uint64_t size = 0;
  std::string oid;         ///< Git's SHA-1; of the pointer for LFS files
  std::string lfs_sha256;  ///< "" if stored in Git
  /// The ETag, which names the blob in the cache.
  [[nodiscard]] const std::string& etag() const { return lfs_sha256.empty() ? oid : lfs_sha256; }
};
using Listing = std::vector<RepoFile>;

/// Appends one page of /tree; directories are left out. Errors: hub_bad_answer, also for unsafe paths and
/// when there are more than Limits::zip_members files.
Status parse_tree_page(std::string_view text, const std::string& url, const Limits& limits, Listing& out);
/// Sorts the pages' files by path. A file that is listed twice, as when the list changes between two pages,
/// counts once; hub_bad_answer if the entries contradict each other, or a file is another one's directory.
Status finish_listing(Listing& files, const std::string& url);
/// The address in `Link: <…>; rel="next"`; "" if none.
std::string next_page(const Headers& headers);

/// trees/COMMIT.json of the shared cache; nothing if it is not of the known form.
std::optional<Listing> parse_tree_file(std::string_view text, const Limits& limits);
std::string tree_file(const Listing& listing);

const RepoFile* find(const Listing& listing, std::string_view path);

}  // namespace modelexport::hub
