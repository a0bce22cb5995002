#include "hub/cache_layout.h"

#include <algorithm>

#include "modelexport/source.h"

namespace modelexport::hub {
namespace {

constexpr std::string_view kPrefix = "models--";

std::string joined(std::string_view first, std::string_view second, std::string_view third = {}) {
  std::string out(first);
  out += '/';
  out += second;
  if (!third.empty()) {
    out += '/';
    out += third;
  }
  return out;
}

}  // namespace

std::string repo_folder(std::string_view repo_id) {
  std::string out(kPrefix);
  for (const char c : repo_id) {
    if (c == '/') {
      out += "--";
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> repo_id_of_folder(std::string_view folder) {
  if (folder.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  std::string id(folder.substr(kPrefix.size()));
  if (const std::size_t dashes = id.find("--"); dashes != std::string::npos) id.replace(dashes, 2, "/");
  if (!source::is_hub_id(id)) return std::nullopt;
  return id;
}

std::string ref_path(std::string_view revision) { return joined("refs", revision); }
std::string snapshot_path(std::string_view commit, std::string_view file) {
  return joined("snapshots", commit, file);
}
std::string no_exist_path(std::string_view commit, std::string_view file) {
  return joined(".no_exist", commit, file);
}
std::string tree_path(std::string_view commit) { return joined("trees", std::string(commit) + ".json"); }
std::string blob_path(std::string_view etag) { return joined("blobs", etag); }

std::string lock_path(std::string_view repo_id, std::string_view etag) {
  return joined(".locks", repo_folder(repo_id), std::string(etag) + ".lock");
}

std::string link_target(std::string_view file, std::string_view etag) {
  std::string out = "../../";
  for (const char c : file)
    if (c == '/') out += "../";
  return out + "blobs/" + std::string(etag);
}

bool is_short_commit(std::string_view revision) {
  return revision.size() >= 4 && revision.size() < 40 &&
         std::all_of(revision.begin(), revision.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::optional<std::string> complete_commit(std::string_view start, const std::vector<std::string>& commits) {
  std::optional<std::string> found;
  for (const std::string& commit : commits) {
    if (!source::is_commit(commit) || std::string_view(commit).substr(0, start.size()) != start) continue;
    if (found && *found != commit) return std::nullopt;
    found = commit;
  }
  return found;
}

}  // namespace modelexport::hub
