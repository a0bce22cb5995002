// Looking into the shared cache.
#include "hub/cache.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "components/allow_list.h"
#include "hub/cache_layout.h"
#include "io/directory_tree.h"
#include "io/real_path.h"
#include "modelexport/digest.h"
#include "modelexport/source.h"

namespace modelexport::hub {
namespace {

struct CloseDir {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> out;
  const std::unique_ptr<DIR, CloseDir> open(::opendir(directory.c_str()));
  if (open == nullptr) return out;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::optional<std::string> small_text(const std::string& path, std::uint64_t limit) {
  const auto file = io::FileSource::open(path);
  if (!file) return std::nullopt;
  auto text = read_text(**file, limit);
  if (!text) return std::nullopt;
  return std::move(*text);
}

/// The ETag in the text of a snapshot's link ("../../blobs/ETAG").
std::string linked_etag(const std::string& path) {
  char text[1024];
  const ssize_t size = ::readlink(path.c_str(), text, sizeof text);
  if (size <= 0 || size == static_cast<ssize_t>(sizeof text)) return {};
  const std::string target(text, static_cast<std::size_t>(size));
  const std::string name = target.substr(target.rfind('/') + 1);
  return is_blob_name(name) ? name : std::string();
}

std::set<std::string> files_below(const std::string& directory) {
  std::set<std::string> out;
  const auto tree = io::DirectoryTree::open(directory, {});
  if (!tree) return out;
  for (const auto& entry : (*tree)->list())
    if (entry.link != components::Link::broken) out.insert(entry.path);
  return out;
}

CachedFile damaged(CachedFile file, std::string why) {
  file.state = CachedFile::State::damaged;
  file.why = std::move(why);
  return file;
}

}  // namespace

std::string Cache::repo(const std::string& repo_id) const { return root_ + "/" + repo_folder(repo_id); }

std::string Cache::snapshot(const std::string& repo_id, const std::string& commit) const {
  return repo(repo_id) + "/snapshots/" + commit;
}

std::string Cache::lock_path(const std::string& repo_id, const std::string& etag) const {
  return root_ + "/" + hub::lock_path(repo_id, etag);
}

std::string Cache::blob_path(const std::string& repo_id, const std::string& etag) const {
  return repo(repo_id) + "/" + hub::blob_path(etag);
}

std::vector<std::string> Cache::models() const {
  std::vector<std::string> out;
  for (const std::string& name : names_in(root_))
    if (const auto id = repo_id_of_folder(name)) out.push_back(*id);
  return out;
}

std::vector<std::string> Cache::commits(const std::string& repo_id) const {
  std::vector<std::string> out = names_in(repo(repo_id) + "/snapshots");
  out.erase(std::remove_if(out.begin(), out.end(), [](const auto& name) { return !source::is_commit(name); }),
            out.end());
  return out;
}

std::optional<std::string> Cache::ref(const std::string& repo_id, const std::string& revision) const {
  if (!source::is_revision(revision)) return std::nullopt;
  auto text = small_text(repo(repo_id) + "/" + ref_path(revision), 256);
  if (!text) return std::nullopt;
  text->erase(text->find_last_not_of(" \r\n\t") + 1);  // other writers end it with a line feed
  if (!source::is_commit(*text)) return std::nullopt;
  return text;
}

std::optional<std::string> Cache::commit_of(const std::string& repo_id, const std::string& revision) const {
  if (source::is_commit(revision)) return revision;
  if (auto commit = ref(repo_id, revision.empty() ? "main" : revision)) return commit;
  if (!is_short_commit(revision)) return std::nullopt;
  return complete_commit(revision, commits(repo_id));
}

std::optional<Listing> Cache::listing(const std::string& repo_id, const std::string& commit,
                                      const Limits& limits) const {
  const auto text = small_text(repo(repo_id) + "/" + tree_path(commit), 64ULL << 20);
  return text ? parse_tree_file(*text, limits) : std::nullopt;
}

CachedFiles Cache::files(const std::string& repo_id, const std::string& commit) const {
  CachedFiles out;
  out.present = files_below(snapshot(repo_id, commit));
  out.absent = files_below(repo(repo_id) + "/.no_exist/" + commit);
  if (out.present.count("config.json") != 0)
    out.config = small_text(snapshot(repo_id, commit) + "/config.json", 16ULL << 20).value_or("");
  return out;
}

CachedFile Cache::find(const std::string& repo_id, const std::string& commit, const std::string& file,
                       const RepoFile* expected) const {
  CachedFile found;
  if (!components::is_safe_path(file) || !source::is_commit(commit)) return found;
  found.path = repo(repo_id) + "/" + snapshot_path(commit, file);
  found.etag = linked_etag(found.path);
  if (::access(found.path.c_str(), F_OK) != 0 && expected != nullptr) {
    // The blob may have come with another commit.
    found.path = blob_path(repo_id, expected->etag());
    found.etag = expected->etag();
  }
  const std::string real = io::real_path(found.path);
  struct stat info {};
  if (real.empty() || ::stat(real.c_str(), &info) != 0) return found;  // also a link that leads nowhere
  found.size = static_cast<std::uint64_t>(info.st_size);
  const std::string inside = io::real_path(repo(repo_id)) + "/";
  const std::string shared = io::real_path(root_) + "/blobs/";
  if (!real.starts_with(inside) && !real.starts_with(shared))
    return damaged(std::move(found), "it is a link that leads out of the cache");
  if (!S_ISREG(info.st_mode)) return damaged(std::move(found), "it is no regular file");
  if (expected != nullptr && found.size != expected->size) {
    return damaged(std::move(found), "it has " + std::to_string(info.st_size) + " bytes instead of " +
                                         std::to_string(expected->size));
  }
  found.state = CachedFile::State::present;
  return found;
}

Status Cache::verify(const CachedFile& file, const RepoFile* expected, Progress& progress) const {
  const std::string& etag = expected != nullptr ? expected->etag() : file.etag;
  const auto kind = digest_of(etag);
  if (!kind) return {};  // nothing is known about a plain file that nobody listed
  ME_TRY(const auto source, io::FileSource::open(file.path));
  Digest digest(*kind);
  if (*kind == DigestKind::sha1)
    digest.update("blob " + std::to_string(source->size()) + std::string(1, '\0'));
  constexpr std::uint64_t kWindow = 1 << 20;
  Bytes window(static_cast<std::size_t>(std::min(kWindow, source->size())));
  for (std::uint64_t done = 0; done < source->size(); done += window.size()) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(window.size(), source->size() - done));
    ME_CHECK(source->read_at(done, std::span(window).first(n)));
    digest.update(ByteSpan(window).first(n));
    if (source->size() > 64 * kWindow) progress.update("verifying cached files", done, source->size());
    if (progress.cancelled()) return fail(ErrorCode::cli_interrupted, "interrupted; nothing was written");
  }
  if (digest.hex() == etag) return {};
  return fail(ErrorCode::hub_cache_damaged,
              "a file of the shared cache is damaged: its content is not what its "
              "name says",
              {.path = file.path},
              "remove it, and it will be downloaded again: rm '" + io::real_path(file.path) + "'");
}

}  // namespace modelexport::hub
