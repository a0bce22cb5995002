// A file of the Hub as bytes, without downloading it.
//
// Purpose   What compares weights needs each byte once: it is fetched in growing windows (HTTP Range) as
//           the reading goes on, and nothing is stored. Reading in ascending order is cheap, jumping about
//           costs a request each.
// Trust     Every part must be of the commit, the digest and the size that the Hub's list of files says,
//           and of the same representation as the first part (If-Range). The content itself has no digest
//           for a part: whoever uses the bytes compares them with bytes of its own.
// Memory    One window, 8 MiB at most.
// Errors    hub_bad_answer and those of the client, from open() and read_at().
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "hub/client.h"
#include "modelexport/bytes.h"

namespace modelexport::hub {

class RemoteFile final : public ByteSource {
 public:
  /// nullptr when the server gives whole files only.
  static Result<std::unique_ptr<RemoteFile>> open(std::shared_ptr<Client> client, const std::string& repo_id,
                                                  const std::string& commit, const RepoFile& file);

  [[nodiscard]] std::uint64_t size() const override { return file_.size; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] std::string name() const override { return subject_.repo_id + "/" + file_.path; }

 private:
  class Window;
  RemoteFile(std::shared_ptr<Client> client, Subject subject, RepoFile file)
      : client_(std::move(client)), subject_(std::move(subject)), file_(std::move(file)) {}
  Status fetch(std::uint64_t offset, std::uint64_t needed) const;
  Result<bool> try_part(Window& window, int attempt) const;

  std::shared_ptr<Client> client_;
  Subject subject_;
  RepoFile file_;
  mutable std::mutex mutex_;
  mutable PartOfFile known_;  ///< where the last part came from
  mutable Bytes window_;
  mutable std::uint64_t begin_ = 0;  ///< of the window in the file
  mutable std::uint64_t ahead_ = 0;  ///< how much was fetched at once last time
  mutable bool whole_only_ = false;  ///< the server has answered with the whole file
};

}  // namespace modelexport::hub
