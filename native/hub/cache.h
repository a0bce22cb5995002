// The shared cache on disk, in the layout of the official clients (reference: hub_protocol.md §3).
//
// Purpose   Finds what any client left there, and adds files so that every client finds them: refs of exactly
// 40
//           bytes, blobs named by their ETag, snapshots of relative links (plain files where links do not
//           work).
// Trust     Nothing is used that leads out of the cache, or whose size or digest is wrong.
// Errors    hub_cache_damaged, hub_cache_write. Looking is never an error: what cannot be read is not there.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hub/choice.h"
#include "hub/listing.h"
#include "modelexport/bytes.h"
#include "modelexport/limits.h"

namespace modelexport::hub {

/// One file of a snapshot.
struct CachedFile {
  enum class State : std::uint8_t { missing, present, damaged };
  State state = State::missing;
  std::string path;  ///< to open
  std::uint64_t size = 0;
  std::string etag;  ///< name of the blob that the snapshot's link leads to; "" for plain files
  std::string why;   ///< of damage
};

class Cache {
 public:
  Cache(std::string root, bool use_links) : root_(std::move(root)), use_links_(use_links) {}

  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] std::string repo(const std::string& repo_id) const;
  [[nodiscard]] std::string snapshot(const std::string& repo_id, const std::string& commit) const;

  [[nodiscard]] std::vector<std::string> models() const;
  [[nodiscard]] std::vector<std::string> commits(const std::string& repo_id) const;
  /// The commit that refs/REVISION names.
  [[nodiscard]] std::optional<std::string> ref(const std::string& repo_id, const std::string& revision) const;
  /// The commit that a revision means without asking anybody: itself, a ref, the start of one commit's hash.
  [[nodiscard]] std::optional<std::string> commit_of(const std::string& repo_id,
                                                     const std::string& revision) const;
  [[nodiscard]] std::optional<Listing> listing(const std::string& repo_id, const std::string& commit,
                                               const Limits& limits) const;
  [[nodiscard]] CachedFiles files(const std::string& repo_id, const std::string& commit) const;
  /// `expected` may be nullptr when nothing is known about the file.
  [[nodiscard]] CachedFile find(const std::string& repo_id, const std::string& commit,
                                const std::string& file, const RepoFile* expected) const;
  /// Reads the whole file: hub_cache_damaged if its digest is not what its name (or `expected`) says.
  Status verify(const CachedFile& file, const RepoFile* expected, Progress& progress) const;

  // --- Adding. The order is: blob, pointer, listing, ref.

  /// Makes the directories a download into this repository needs.
  Status prepare(const std::string& repo_id) const;
  [[nodiscard]] std::string lock_path(const std::string& repo_id, const std::string& etag) const;
  [[nodiscard]] std::string blob_path(const std::string& repo_id, const std::string& etag) const;
  /// Lets snapshots/COMMIT/FILE lead to a blob that is there. `fresh`: the blob was downloaded just now and
  /// may be moved where links do not work.
  Status add_pointer(const std::string& repo_id, const std::string& commit, const std::string& file,
                     const std::string& etag, bool fresh) const;
  Status add_listing(const std::string& repo_id, const std::string& commit, const Listing& listing) const;
  /// .no_exist/COMMIT/FILE: nobody needs to ask for this file again.
  Status add_absent(const std::string& repo_id, const std::string& commit, const std::string& file) const;
  /// Nothing for a revision that is a commit.
  Status add_ref(const std::string& repo_id, const std::string& revision, const std::string& commit) const;

 private:
  [[nodiscard]] Status require_inside(const std::string& repo_id, const std::string& directory) const;
  [[nodiscard]] bool links_work(const std::string& directory) const;
  std::string root_;
  bool use_links_;
  mutable std::optional<bool> links_work_;
};

/// mkdir -p below an existing or new `root`.
Status make_directories(const std::string& path);
/// A small file, by temporary name and rename. `suffix` follows eight random digits in the temporary name.
Status write_small_file(const std::string& path, std::string_view text);
/// Eight random hexadecimal digits.
std::string random_suffix();

}  // namespace modelexport::hub
