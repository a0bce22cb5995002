#include "io/output_directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "io/file_sink.h"
#include "io/file_source.h"
#include "io/posix_error.h"

namespace modelexport::io {
namespace {

constexpr mode_t kDirectoryMode = 0777;  // umask applies

std::string strip_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Result<bool> same_bytes(const ByteSource& a, const ByteSource& b) {
  if (a.size() != b.size()) return false;
  constexpr std::uint64_t kWindow = 256 << 10;
  Bytes left(kWindow);
  Bytes right(kWindow);
  for (std::uint64_t at = 0; at < a.size(); at += kWindow) {
    const auto n = static_cast<std::size_t>(std::min(kWindow, a.size() - at));
    ME_CHECK(a.read_at(at, std::span(left).first(n)));
    ME_CHECK(b.read_at(at, std::span(right).first(n)));
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(n), right.begin())) return false;
  }
  return true;
}

}  // namespace

/// So many files are kept open; further ones get a temporary name instead.
constexpr std::size_t kMostOpen = 256;

/// Appends to a staged file; finish() only syncs, the name comes with commit().
class OutputDirectory::Sink final : public ByteSink {
 public:
  Sink(Entry& entry, bool keep_open) : entry_(entry), keep_open_(keep_open) {}
  ~Sink() override {
    if (!entry_.ready) entry_.file.reset();
  }
  Status append(ByteSpan bytes) override {
    if (entry_.digest) entry_.digest->update(bytes);
    return entry_.file->append(bytes);
  }
  using ByteSink::append;
  Status finish() override {
    ME_CHECK(entry_.file->sync());
    if (!keep_open_) ME_CHECK(entry_.file->close());
    entry_.ready = true;
    return {};
  }

 private:
  Entry& entry_;
  bool keep_open_;
};

Result<std::unique_ptr<OutputDirectory>> OutputDirectory::open(const std::string& path, bool force) {
  std::unique_ptr<OutputDirectory> out(new OutputDirectory(strip_slashes(path), force));
  struct stat info {};
  const char* probe = out->path_.empty() ? "." : out->path_.c_str();
  if (::stat(probe, &info) == 0) {
    if (!S_ISDIR(info.st_mode)) {
      return fail(ErrorCode::io_output_directory,
                  "what stands in the place of the output directory is no directory", {.path = path},
                  "choose another directory: -o OTHER");
    }
    out->existing_ = true;
    if (::access(probe, W_OK | X_OK) != 0) return output_error("create files here", path, errno);
    return out;
  }
  if (errno != ENOENT) return output_error("create the directory", path, errno);
  return out;
}

OutputDirectory::~OutputDirectory() {
  if (!committed_) discard();
}

std::string OutputDirectory::path_of(const std::string& name) const { return join_path(path_, name); }

Status OutputDirectory::plan(const std::string& name) {
  if (existing_) ME_CHECK(check_output_file(path_of(name), force_ || replaceable_.count(name) != 0));
  return {};
}

std::vector<OutputFile> OutputDirectory::files() const {
  std::map<std::string, OutputFile> all = kept_;
  for (const auto& [name, entry] : files_) {
    if (entry.ready && entry.digest) all[name] = {name, entry.file->size(), entry.digest->hex()};
  }
  std::vector<OutputFile> out;
  for (auto& [name, file] : all) out.push_back(std::move(file));
  return out;
}

Result<bool> OutputDirectory::plan_bytes(const std::string& name, const ByteSource& bytes) {
  if (!existing_) return true;
  const std::string path = path_of(name);
  if (auto old = FileSource::open(path)) {
    ME_TRY(const bool same, same_bytes(**old, bytes));
    if (same && recording_) {
      ME_TRY(std::string digest, hex_digest(DigestKind::sha256, bytes, no_progress()));
      kept_[name] = {name, bytes.size(), std::move(digest)};
    }
    if (same) return false;
  }
  auto free = check_output_file(path, force_);
  if (!free && free.error().code == ErrorCode::io_output_exists) {
    free.error().message = "a different file of this name already exists";
    free.error().hint = "choose another output directory with -o, or add --force to replace the file";
  }
  if (!free) return fail(free);
  return true;
}

Status OutputDirectory::make_directories() {
  if (existing_ || !building_.empty()) return {};
  // Parents that are missing, outermost first.
  for (std::size_t slash = path_.find('/', 1); slash != std::string::npos;
       slash = path_.find('/', slash + 1)) {
    const std::string parent = path_.substr(0, slash);
    if (::mkdir(parent.c_str(), kDirectoryMode) == 0) {
      made_parents_.push_back(parent);
    } else if (errno != EEXIST && errno != EISDIR && errno != EROFS) {
      return output_error("create the directory", parent, errno);
    }
  }
  const auto [parent, name] = split_path(path_);
  std::string sibling = join_path(parent, temporary_name(name));
  building_registration_ = TemporaryPath(sibling);
  if (::mkdir(sibling.c_str(), kDirectoryMode) != 0)
    return output_error("create the directory", path_, errno);
  building_ = std::move(sibling);
  return {};
}

Status OutputDirectory::make_subdirectories(const std::string& root, const std::string& name) {
  for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    std::string made = join_path(root, name.substr(0, slash));
    if (::mkdir(made.c_str(), kDirectoryMode) == 0) {
      made_subdirectories_.push_back(std::move(made));
    } else if (errno != EEXIST) {
      return output_error("create the directory", path_of(name.substr(0, slash)), errno);
    }
  }
  return {};
}

Result<std::unique_ptr<ByteSink>> OutputDirectory::create(const std::string& name, bool main) {
  ME_CHECK(make_directories());
  const std::string& root = building_.empty() ? path_ : building_;
  ME_CHECK(make_subdirectories(root, name));
  const auto [directory, file_name] = split_path(name);
  ME_TRY(auto file, StagedFile::create(join_path(root, directory), file_name, path_of(name)));
  Entry& entry = files_[name];
  entry = Entry{std::move(file), main, false, std::nullopt};
  if (recording_) entry.digest.emplace(DigestKind::sha256);
  return std::unique_ptr<ByteSink>(new Sink(entry, files_.size() <= kMostOpen));
}

Result<std::unique_ptr<LinkedView>> OutputDirectory::view(const std::vector<std::string>& names,
                                                          const std::vector<std::string>& others) {
  const std::string& root = building_.empty() ? path_ : building_;
  ME_TRY(auto made, LinkedView::create(join_path(root, temporary_name("view"))));
  for (const std::string& name : names) {
    const auto entry = files_.find(name);
    if (entry == files_.end() || !entry->second.ready)
      return fail(ErrorCode::internal, "an output file was not finished", {.path = path_of(name)});
    ME_CHECK(entry->second.file->link_as(made->add(name)));
  }
  for (const std::string& name : others) {
    if (::link(path_of(name).c_str(), made->add(name).c_str()) != 0)
      return output_error("link", path_of(name), errno);
  }
  return made;
}

Status OutputDirectory::commit_new() {
  for (auto& [name, entry] : files_) ME_CHECK(entry.file->publish(true));
  sync_directory(building_);
  if (::renameat2(AT_FDCWD, building_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
    // Without RENAME_NOREPLACE: rename(2) replaces at most an empty directory.
    if (errno != EINVAL || ::rename(building_.c_str(), path_.c_str()) != 0) {
      if (errno == EEXIST || errno == ENOTEMPTY) {
        return fail(ErrorCode::io_output_exists, "the output directory appeared meanwhile", {.path = path_},
                    "run again, or choose another name with -o");
      }
      return output_error("create the directory", path_, errno);
    }
  }
  building_.clear();
  building_registration_ = {};
  sync_directory(split_path(path_).first);
  return {};
}

Status OutputDirectory::commit() {
  ME_CHECK(check_interrupted());
  for (const auto& [name, entry] : files_) {
    if (!entry.ready)
      return fail(ErrorCode::internal, "an output file was not finished", {.path = path_of(name)});
  }
  if (existing_) {
    ME_CHECK(commit_existing());
  } else {
    ME_CHECK(make_directories());
    ME_CHECK(commit_new());
  }
  committed_ = true;
  return {};
}

Status OutputDirectory::commit_existing() {
  std::vector<std::string> appeared;
  for (const bool main : {false, true}) {
    for (auto& [name, entry] : files_) {
      if (entry.main != main) continue;
      const bool fresh = ::access(path_of(name).c_str(), F_OK) != 0;
      auto published = entry.file->publish(force_ || replaceable_.count(name) != 0);
      if (!published) {
        for (const std::string& path : appeared) ::unlink(path.c_str());
        return published;
      }
      if (fresh) appeared.push_back(path_of(name));
    }
  }
  for (const std::string& name : removals_) ::unlink(path_of(name).c_str());
  sync_directory(path_);
  return {};
}

void OutputDirectory::discard() {
  for (auto& [name, entry] : files_) {
    entry.file.reset();
    if (!building_.empty()) ::unlink(join_path(building_, name).c_str());
  }
  files_.clear();
  for (auto it = made_subdirectories_.rbegin(); it != made_subdirectories_.rend(); ++it) ::rmdir(it->c_str());
  if (!building_.empty()) ::rmdir(building_.c_str());
  for (auto it = made_parents_.rbegin(); it != made_parents_.rend(); ++it) ::rmdir(it->c_str());
}

}  // namespace modelexport::io
