// Where things are in the shared cache (reference: hub_protocol.md §3): names only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelexport::hub {

/// "models--org--name". The id as asked for: never canonicalised.
std::string repo_folder(std::string_view repo_id);
/// The other way round; nothing if the name is none of a model.
std::optional<std::string> repo_id_of_folder(std::string_view folder);

/// Paths below the repository's folder.
std::string ref_path(std::string_view revision);
std::string snapshot_path(std::string_view commit, std::string_view file);
std::string no_exist_path(std::string_view commit, std::string_view file);
std::string tree_path(std::string_view commit);
std::string blob_path(std::string_view etag);
/// Below the cache: ".locks/models--org--name/ETAG.lock".
std::string lock_path(std::string_view repo_id, std::string_view etag);
/// What the link at snapshots/COMMIT/FILE says: "../../blobs/ETAG", one ".." more per directory in `file`.
std::string link_target(std::string_view file, std::string_view etag);

/// Which name could be meant by a shortened commit: the one that starts with it, if there is one only.
std::optional<std::string> complete_commit(std::string_view start, const std::vector<std::string>& commits);
/// 4 to 39 lower-case hexadecimal digits.
bool is_short_commit(std::string_view revision);

}  // namespace modelexport::hub
