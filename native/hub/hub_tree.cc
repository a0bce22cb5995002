// The files of one commit, from the cache or the Hub.
#include <algorithm>
#include <map>

#include "hub/cache_layout.h"
#include "hub/choice.h"
#include "hub/download.h"
#include "hub/remote_file.h"
#include "hub/session.h"

namespace modelexport::hub {
namespace {

/// A file of this size costs no more when it is downloaded whole, and is there the next time.
constexpr std::uint64_t kWholeBelow = 4U << 20;

class CommitTree final : public HubTree {
 public:
  CommitTree(std::shared_ptr<Session> session, std::string repo_id, std::string revision, std::string commit)
      : session_(std::move(session)),
        repo_id_(std::move(repo_id)),
        revision_(std::move(revision)),
        commit_(std::move(commit)) {}

  /// The list: the cache's own, else the cache's files if they suffice, else the Hub's.
  Status load(Need need, const std::vector<std::string>& names) {
    if (auto listing = session_->cache.listing(repo_id_, commit_, session_->limits)) {
      listing_ = std::move(*listing);
      listed_ = true;
      return fill_from_listing();
    }
    const CachedFiles cached = session_->cache.files(repo_id_, commit_);
    if (is_enough(cached, need, names)) return fill_from_cache(cached);
    // Without network, what is there must do: a loader's files, or whatever of the named files there is.
    const bool some =
        need == Need::components ? cached.present.count("config.json") != 0 : !cached.present.empty();
    if (session_->settings.offline) {
      if (some) return fill_from_part(cached);
      return not_cached(session_->cache, name());
    }
    const Status asked = ask_listing();
    if (asked) return fill_from_listing();
    if (need == Need::components && some && asked.error().code == ErrorCode::hub_unreachable)
      return fill_from_part(cached);
    return asked;
  }

  [[nodiscard]] std::string name() const override { return repo_id_ + "@" + commit_; }
  [[nodiscard]] const std::vector<components::FileEntry>& list() const override { return entries_; }
  [[nodiscard]] const std::string& repo_id() const override { return repo_id_; }
  [[nodiscard]] const std::string& commit() const override { return commit_; }
  [[nodiscard]] std::string directory() const override { return session_->cache.snapshot(repo_id_, commit_); }

  [[nodiscard]] std::vector<std::string> component_paths() const override { return component_files(names()); }
  [[nodiscard]] Result<std::vector<std::string>> named_paths(
      const std::vector<std::string>& patterns) const override {
    auto found = named_files(names(), patterns, repo_id_);
    // What is cached is not all that there is.
    if (!found && !listed_ && session_->settings.offline)
      return not_cached(session_->cache, name(), found.error().where.field);
    return found;
  }

  [[nodiscard]] bool is_complete() const override { return listed_; }
  [[nodiscard]] bool is_partial() const override { return partial_; }
  [[nodiscard]] Status check_access(std::string_view path) const override {
    if (session_->settings.offline || session_->unreachable) return {};
    const Status tried = session_->client->try_file({repo_id_, commit_, std::string(path), {}});
    if (tried) return {};
    const ErrorCode code = tried.error().code;
    return code == ErrorCode::source_private || code == ErrorCode::hub_token ? tried : Status{};
  }
  [[nodiscard]] std::string sha256(std::string_view path) const override {
    constexpr std::size_t kDigits = 64;
    const RepoFile* file = listed(std::string(path));
    const std::string etag = file != nullptr ? file->lfs_sha256 : look(std::string(path)).etag;
    return etag.size() == kDigits ? etag : std::string();
  }
  [[nodiscard]] bool is_cached(std::string_view path) const override {
    const CachedFile found = look(std::string(path));
    return found.state == CachedFile::State::present;
  }
  [[nodiscard]] std::string_view origin(std::string_view path) const override {
    const auto found = downloaded_.find(std::string(path));
    return found != downloaded_.end() && found->second ? "hub" : "cache";
  }

  Status prepare(const std::vector<std::string>& paths, Progress& progress) const override {
    DownloadProgress steps{progress};
    std::vector<std::string> missing;
    for (const std::string& path : paths) {
      if (downloaded_.count(path) != 0) continue;
      const CachedFile found = look(path);
      if (found.state == CachedFile::State::present && check(path, found)) {
        link_if_possible(path, found);
        continue;
      }
      if (session_->settings.offline) return unusable(path, found);
      ME_TRY(const RepoFile* file, expected(path));
      steps.total += file->size;
      missing.push_back(path);
    }
    for (const std::string& path : missing) {
      ME_TRY(const RepoFile* file, expected(path));
      ME_TRY(downloaded_[path],
             download_file(*session_->client, session_->cache, repo_id_, commit_, *file, steps));
      // What the cache had instead may have been of another size.
      for (auto& entry : entries_)
        if (entry.path == path) entry.size = file->size;
    }
    return missing.empty() ? keep_ref_if_possible() : keep_records();
  }

  [[nodiscard]] Result<std::unique_ptr<io::FileSource>> source(std::string_view path) const override {
    const std::string name(path);
    ME_CHECK(prepare({name}, session_->progress));
    const CachedFile found = look(name);
    if (found.state != CachedFile::State::present) return unusable(name, found);
    return io::FileSource::open(found.path);
  }

  [[nodiscard]] Result<std::unique_ptr<ByteSource>> remote(std::string_view path) const override {
    const std::string name(path);
    std::unique_ptr<ByteSource> out;
    if (!is_cached(name) && !session_->settings.offline) {
      ME_TRY(const RepoFile* file, expected(name));
      if (file->size > kWholeBelow) {
        ME_TRY(out, RemoteFile::open({session_, session_->client.get()}, repo_id_, commit_, *file));
      }
    }
    if (out == nullptr) {
      ME_TRY(out, source(path));
    }
    return out;
  }

  [[nodiscard]] Result<std::string> read(std::string_view path, std::uint64_t limit) const override {
    ME_TRY(const auto file, source(path));
    return read_text(*file, limit);
  }

 private:
  static bool is_enough(const CachedFiles& cached, Need need, const std::vector<std::string>& names) {
    if (need == Need::components) return has_all_components(cached);
    return need == Need::files && !names.empty() &&
           std::all_of(names.begin(), names.end(),
                       [&](const auto& name) { return cached.present.count(name) != 0; });
  }

  Status fill_from_listing() {
    for (const RepoFile& file : listing_) entries_.push_back({file.path, file.size, components::Link::none});
    sort_entries();
    return {};
  }

  Status fill_from_cache(const CachedFiles& cached) {
    for (const std::string& path : cached.present) {
      const CachedFile found = session_->cache.find(repo_id_, commit_, path, nullptr);
      entries_.push_back({path, found.size, components::Link::none});
    }
    sort_entries();
    return {};
  }

  Status fill_from_part(const CachedFiles& cached) {
    partial_ = true;
    return fill_from_cache(cached);
  }

  void sort_entries() {
    std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  }

  Status ask_listing() const {
    if (session_->unreachable) return fail(*session_->unreachable);
    ME_TRY(listing_, session_->client->listing(repo_id_, commit_, session_->limits));
    listed_ = true;
    return {};
  }

  /// What is listed, as the Hub's list.
  [[nodiscard]] Listing names() const {
    Listing out;
    for (const auto& entry : entries_) out.push_back({entry.path, entry.size, {}, {}});
    return out;
  }

  [[nodiscard]] const RepoFile* listed(const std::string& path) const {
    return listed_ ? find(listing_, path) : nullptr;
  }

  /// What the Hub says about a file; asks for the list if there is none yet.
  [[nodiscard]] Result<const RepoFile*> expected(const std::string& path) const {
    if (!listed_) ME_CHECK(ask_listing());
    if (const RepoFile* file = find(listing_, path)) return file;
    return fail(ErrorCode::hub_file_not_found, repo_id_ + "@" + commit_ + " has no file '" + path + "'",
                {.field = path}, "modelexport fetch " + repo_id_ + "@" + commit_ + " '*' --dry-run");
  }

  [[nodiscard]] CachedFile look(const std::string& path) const {
    return session_->cache.find(repo_id_, commit_, path, listed(path));
  }

  /// Reads a cached file once per run, so that damage is found before use.
  [[nodiscard]] bool check(const std::string& path, CachedFile found) const {
    if (!session_->cache.verify(found, listed(path), session_->progress)) return false;
    downloaded_[path] = false;
    return true;
  }

  [[nodiscard]] tl::unexpected<Diagnostic> unusable(const std::string& path, const CachedFile& found) const {
    switch (found.state) {
      case CachedFile::State::missing:
        return not_cached(session_->cache, name(), path);
      case CachedFile::State::damaged:
        return fail(ErrorCode::hub_cache_damaged, "a file of the shared cache is damaged: " + found.why,
                    {.path = found.path}, "remove it, and fetch it again online: rm '" + found.path + "'");
      case CachedFile::State::present:
        break;
    }
    return fail(session_->cache.verify(found, listed(path), session_->progress).error());
  }

  /// The branch's or tag's name in the cache, and the list of files when the snapshot is complete: an
  /// incomplete one with a list is an error for some readers, without list it is what they expect of a
  /// partial download.
  Status keep_records() const {
    const Cache& cache = session_->cache;
    if (listed_ && std::all_of(listing_.begin(), listing_.end(), [&](const RepoFile& file) {
          const CachedFile found = cache.find(repo_id_, commit_, file.path, &file);
          return found.state == CachedFile::State::present &&
                 found.path.find("/snapshots/") != std::string::npos;
        })) {
      ME_CHECK(cache.add_listing(repo_id_, commit_, listing_));
    }
    // Who has brought a configuration wants to know next time, without asking, that this was all.
    if (listed_ && downloaded_.count("config.json") != 0) {
      for (const std::string& name : absent_components(listing_))
        ME_CHECK(cache.add_absent(repo_id_, commit_, name));
    }
    return cache.add_ref(repo_id_, revision_, commit_);
  }

  /// A blob that came with another commit gets a name in this one's snapshot.
  void link_if_possible(const std::string& path, const CachedFile& found) const {
    if (session_->settings.offline || found.path.find("/snapshots/") != std::string::npos) return;
    (void)session_->cache.add_pointer(repo_id_, commit_, path, found.etag, false);
  }

  /// On a cache hit the ref is brought up to date if the cache can be written, as other clients do.
  Status keep_ref_if_possible() const {
    if (!session_->settings.offline && !session_->cache.files(repo_id_, commit_).present.empty())
      (void)session_->cache.add_ref(repo_id_, revision_, commit_);
    return {};
  }

  std::shared_ptr<Session> session_;
  std::string repo_id_;
  std::string revision_;
  std::string commit_;
  mutable Listing listing_;
  mutable bool listed_ = false;
  bool partial_ = false;
  mutable std::vector<components::FileEntry> entries_;
  mutable std::map<std::string, bool>
      downloaded_;  ///< files that are there and checked: downloaded by this run?
};

}  // namespace

Result<std::unique_ptr<HubTree>> open_tree(std::shared_ptr<Session> session, const std::string& repo_id,
                                           const std::string& revision, const std::string& commit, Need need,
                                           const std::vector<std::string>& names) {
  auto tree = std::make_unique<CommitTree>(std::move(session), repo_id, revision, commit);
  ME_CHECK(tree->load(need, names));
  return std::unique_ptr<HubTree>(std::move(tree));
}

}  // namespace modelexport::hub
