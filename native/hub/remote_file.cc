#include "hub/remote_file.h"

#include <algorithm>

#include "hub/file_facts.h"

namespace modelexport::hub {
namespace {

constexpr std::uint64_t kFirst = 128U << 10;
constexpr std::uint64_t kMost = 8U << 20;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kGone = 410;

/// The signed address has expired: the Hub gives another one.
bool may_have_expired(const Exchange& exchange) {
  return exchange.status == 401 || exchange.status == kForbidden || exchange.status == kNotFound ||
         exchange.status == kGone;
}

}  // namespace

/// Takes the part that was asked for, and nothing else.
class RemoteFile::Window final : public Receiver {
 public:
  Window(ByteRange range, std::uint64_t file_size) : range_(range), file_size_(file_size) {
    bytes_.reserve(static_cast<std::size_t>(range.size));
  }

  bool begin(const Exchange& exchange) override {
    bytes_.clear();
    whole_ = false;
    const std::string encoding = exchange.headers.get("content-encoding");
    if (!encoding.empty() && encoding != "identity")
      return refuse(exchange, "the file is sent compressed, though that was not asked for");
    if (exchange.status != 206) {
      whole_ = true;
      return false;
    }
    const auto part = parse_content_range(exchange.headers.get("content-range"));
    if (part && part->first == range_.offset && part->total == file_size_) return true;
    return refuse(exchange,
                  "the answer is another part of the file than was asked for (header Content-Range)");
  }

  bool take(ByteSpan bytes) override {
    if (bytes.size() > range_.size - bytes_.size()) {
      error_ = bad_answer(url_, "the answer is longer than the part that was asked for");
      return false;
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return true;
  }

  [[nodiscard]] std::string text() const {
    return std::to_string(range_.offset) + "-" + std::to_string(range_.end() - 1);
  }
  [[nodiscard]] std::uint64_t offset() const { return range_.offset; }
  [[nodiscard]] bool complete() const { return bytes_.size() == range_.size; }
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] const std::optional<Diagnostic>& error() const { return error_; }
  [[nodiscard]] Bytes release() { return std::move(bytes_); }

 private:
  bool refuse(const Exchange& exchange, std::string what) {
    url_ = exchange.url;
    error_ = bad_answer(url_, std::move(what));
    return false;
  }

  ByteRange range_;
  std::uint64_t file_size_;
  Bytes bytes_;
  std::string url_;
  bool whole_ = false;
  std::optional<Diagnostic> error_;
};

/// One exchange; false: to be tried again, with what `known_` says by then.
Result<bool> RemoteFile::try_part(Window& window, int attempt) const {
  const bool direct = known_.url.has_value();
  const std::string etag = known_.etag;
  auto got = client_->get_part(subject_, window.text(), known_, window);
  if (!got) return fail(std::move(got));
  if (window.error()) return fail(*window.error());
  const Exchange& exchange = got->exchange;
  if (window.whole()) {
    known_ = {};
    whole_only_ = !direct;
    if (direct) return false;  // another representation by now: the Hub says whether it is still this file
    return fail(bad_answer(exchange.url, "the server does not give parts of the file"));
  }
  const bool same = !direct || known_.etag == etag;
  if (exchange.ok() && window.complete() && same) {
    if (!direct) ME_CHECK(check_facts(*got, subject_, file_));
    return true;
  }
  known_ = {};
  if (direct && (!same || may_have_expired(exchange))) return false;
  if (exchange.ok()) return fail(bad_answer(exchange.url, "the answer is shorter than was announced"));
  ME_CHECK(client_->wait_to_retry(exchange, attempt, subject_));
  return false;
}

Status RemoteFile::fetch(std::uint64_t offset, std::uint64_t needed) const {
  const bool goes_on = !window_.empty() && offset >= begin_ && offset - begin_ <= window_.size() + ahead_;
  ahead_ = goes_on ? std::min(ahead_ * 2, kMost) : kFirst;
  const std::uint64_t size = std::min(std::clamp(needed, ahead_, kMost), file_.size - offset);
  window_ = {};
  Window window({offset, size}, file_.size);
  for (int attempt = 0;; ++attempt) {
    ME_TRY(const bool done, try_part(window, attempt));
    if (done) break;
  }
  window_ = window.release();
  begin_ = offset;
  return {};
}

Result<std::unique_ptr<RemoteFile>> RemoteFile::open(std::shared_ptr<Client> client,
                                                     const std::string& repo_id, const std::string& commit,
                                                     const RepoFile& file) {
  if (file.size == 0) return std::unique_ptr<RemoteFile>();
  Subject subject{repo_id, commit, file.path, {}};
  std::unique_ptr<RemoteFile> remote(new RemoteFile(std::move(client), std::move(subject), file));
  if (const Status first = remote->fetch(0, kFirst); !first) {
    if (remote->whole_only_) return std::unique_ptr<RemoteFile>();
    return fail(first.error());
  }
  return remote;
}

Status RemoteFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > file_.size || out.size() > file_.size - offset) {
    return fail(ErrorCode::io_short_read, "reading past the end of the file", {.path = name()},
                "the file is shorter than its own tables say: it is damaged or cut off");
  }
  const std::lock_guard lock(mutex_);
  while (!out.empty()) {
    const bool inside = offset >= begin_ && offset < begin_ + window_.size();
    if (!inside) ME_CHECK(fetch(offset, out.size()));
    const auto at = static_cast<std::size_t>(offset - begin_);
    const std::size_t n = std::min(out.size(), window_.size() - at);
    std::copy_n(window_.begin() + static_cast<std::ptrdiff_t>(at), n, out.begin());
    out = out.subspan(n);
    offset += n;
  }
  return {};
}

}  // namespace modelexport::hub
