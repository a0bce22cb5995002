#include "hub/download.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "hub/cache_error.h"
#include "hub/file_facts.h"
#include "hub/file_lock.h"
#include "hub/retry.h"
#include "io/signals.h"
#include "io/unique_fd.h"
#include "modelexport/digest.h"

namespace modelexport::hub {
namespace {

/// An attempt that brought less than this counts as one without progress.
constexpr std::uint64_t kProgress = 1 << 20;

class BlobFile final : public Receiver {
 public:
  BlobFile(std::string path, const RepoFile& file, DownloadProgress& progress)
      : path_(std::move(path)),
        file_(file),
        progress_(progress),
        registration_(path_),
        digest_(fresh_digest()) {}
  ~BlobFile() override {
    if (fd_.valid() && !kept_) ::unlink(path_.c_str());
  }

  Status open() {
    fd_ = io::UniqueFd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!fd_.valid()) return cache_error("write into the shared cache", path_, errno);
#ifdef FALLOC_FL_KEEP_SIZE
    // A disk that is too small is found now, not after an hour.
    const bool no_room =
        file_.size > 0 &&
        ::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(file_.size)) != 0 &&
        (errno == ENOSPC || errno == EDQUOT || errno == EFBIG);
    if (no_room) return cache_error("reserve space in the shared cache", path_, errno);
#endif
    return {};
  }

  bool begin(const Exchange& exchange) override {
    url_ = exchange.url;
    const std::string encoding = exchange.headers.get("content-encoding");
    if (!encoding.empty() && encoding != "identity")
      return refuse(bad_answer(url_, "the file is sent compressed, though that was not asked for"));
    if (exchange.status == 206) return begin_part(exchange);
    const auto length = exchange.headers.find("content-length");
    if (length && parse_number(*length) != file_.size) {
      // A login page has nothing else to say.
      const bool page = exchange.headers.get("content-type").starts_with("text/html");
      return refuse(bad_answer(url_, (page ? "the answer is a web page of " : "the answer has ") +
                                         std::string(*length) + " bytes, the file has " +
                                         std::to_string(file_.size)));
    }
    return written_ == 0 || restart();
  }

  bool take(ByteSpan bytes) override {
    if (bytes.size() > file_.size - written_)
      return refuse(
          bad_answer(url_, "the answer is longer than the file's " + std::to_string(file_.size) + " bytes"));
    digest_.update(bytes);
    for (ByteSpan rest = bytes; !rest.empty();) {
      const ssize_t put = ::write(fd_.get(), rest.data(), rest.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return refuse(cache_error("write into the shared cache", path_, errno).value());
      rest = rest.subspan(static_cast<std::size_t>(put));
    }
    written_ += bytes.size();
    progress_.progress.update("downloading " + file_.path, progress_.done + written_, progress_.total);
    return true;
  }

  bool restart() {
    if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0)
      return refuse(cache_error("write into the shared cache", path_, errno).value());
    written_ = 0;
    digest_ = fresh_digest();
    return true;
  }

  /// Size and digest are right: the file is renamed to `blob`.
  Status keep(const std::string& blob) {
    if (written_ != file_.size) {
      return fail(ErrorCode::hub_integrity,
                  file_.path + ": " + std::to_string(written_) + " bytes came instead of " +
                      std::to_string(file_.size),
                  {.path = url_}, "try again; if it stays, the Hub or a proxy sends a damaged file");
    }
    if (digest_of(file_.etag()) && digest_.hex() != file_.etag()) {
      return fail(ErrorCode::hub_integrity,
                  file_.path + ": the content is not what the Hub announced (" +
                      std::string(file_.lfs_sha256.empty() ? "Git SHA-1 " : "SHA-256 ") + digest_.hex() +
                      " instead of " + file_.etag() + ")",
                  {.path = url_}, "try again; if it stays, the Hub or a proxy sends a damaged file");
    }
    if (::fsync(fd_.get()) != 0 && errno != EINVAL && errno != EROFS)
      return cache_error("write into the shared cache", path_, errno);
    if (::rename(path_.c_str(), blob.c_str()) != 0)
      return cache_error("write into the shared cache", blob, errno);
    kept_ = true;
    return {};
  }

  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] const std::optional<Diagnostic>& error() const { return error_; }

 private:
  [[nodiscard]] Digest fresh_digest() const {
    if (!file_.lfs_sha256.empty()) return Digest(DigestKind::sha256);
    Digest digest(DigestKind::sha1);
    digest.update("blob " + std::to_string(file_.size) + std::string(1, '\0'));
    return digest;
  }

  bool begin_part(const Exchange& exchange) {
    const auto range = parse_content_range(exchange.headers.get("content-range"));
    if (range && range->first == written_ && range->total == file_.size) return true;
    return refuse(bad_answer(url_,
                             "the answer is another part of the file than was asked for (header "
                             "Content-Range)"));
  }

  bool refuse(Diagnostic error) {
    error_ = std::move(error);
    return false;
  }

  std::string path_;
  const RepoFile& file_;
  DownloadProgress& progress_;
  io::TemporaryPath registration_;
  io::UniqueFd fd_;
  Digest digest_;
  std::uint64_t written_ = 0;
  std::string url_;
  std::optional<Diagnostic> error_;
  bool kept_ = false;
};

Status receive(Client& client, const Subject& subject, const RepoFile& file, BlobFile& blob) {
  bool restarted = false;
  for (int attempt = 0;; ++attempt) {
    const std::uint64_t before = blob.written();
    const std::string range = before == 0 ? std::string() : std::to_string(before) + "-";
    ME_TRY(const Client::Got got, client.get_file(subject, range, blob));
    if (blob.error()) return fail(*blob.error());
    if (got.exchange.ok()) return check_facts(got, subject, file);
    if (got.exchange.status == 416 && before > 0 && !restarted) {
      // What is there already is not a part of what the server has now: once more from the start.
      if (!blob.restart()) return fail(*blob.error());
      restarted = true;
      continue;
    }
    if (blob.written() >= before + kProgress) attempt = 0;
    // An answer that began before it broke off is worth the same patience as one that never came.
    ME_CHECK(client.wait_to_retry(got.exchange, attempt, subject));
  }
}

bool has_blob(const Cache& cache, const std::string& repo_id, const std::string& commit, const RepoFile& file,
              Progress& progress) {
  const CachedFile found = cache.find(repo_id, commit, file.path, &file);
  return found.state == CachedFile::State::present && cache.verify(found, &file, progress).has_value();
}

}  // namespace

Result<bool> download_file(Client& client, const Cache& cache, const std::string& repo_id,
                           const std::string& commit, const RepoFile& file, DownloadProgress& progress) {
  ME_CHECK(cache.prepare(repo_id));
  ME_TRY(const FileLock lock, FileLock::acquire(cache.lock_path(repo_id, file.etag()), progress.progress));
  const std::string blob_path = cache.blob_path(repo_id, file.etag());
  bool downloaded = false;
  if (!has_blob(cache, repo_id, commit, file, progress.progress)) {  // nobody else was faster
    BlobFile blob(blob_path + "." + random_suffix() + ".incomplete", file, progress);
    ME_CHECK(blob.open());
    if (file.size > 0) ME_CHECK(receive(client, Subject{repo_id, commit, file.path, {}}, file, blob));
    ME_CHECK(blob.keep(blob_path));
    downloaded = true;
  }
  progress.done += file.size;
  const bool blob_is_there = ::access(blob_path.c_str(), F_OK) == 0;
  if (blob_is_there) ME_CHECK(cache.add_pointer(repo_id, commit, file.path, file.etag(), downloaded));
  return downloaded;
}

}  // namespace modelexport::hub
