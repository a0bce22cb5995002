// One output file before it appears: written under a temporary name, synced, then renamed.
//
// Purpose   Nothing half-written is ever seen under the final name. Where the file system can (O_TMPFILE),
// the
//           file has no name at all until it is published, so that even a killed process leaves nothing.
// Errors    io_output_directory, io_write, io_output_exists. Dropped without publish() = removed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/signals.h"
#include "io/unique_fd.h"
#include "modelexport/bytes.h"

namespace modelexport::io {

class StagedFile {
 public:
  /// A new file that publish() will call `directory`/`name`. Errors call it `shown`, if that is given.
  static Result<std::unique_ptr<StagedFile>> create(const std::string& directory, const std::string& name,
                                                    std::string shown = {});
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile();

  Status append(ByteSpan bytes);
  /// Flushes to the device; further appends are errors of the caller.
  Status sync();
  /// Closes a synced file, which has a temporary name from then on: for outputs of very many files.
  Status close();
  /// A second name for the file as it is now, on the same file system; whoever asks for it removes it again.
  Status link_as(const std::string& path);
  /// Gives the file its name. Without `replace` an existing file is io_output_exists.
  Status publish(bool replace);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  StagedFile() = default;
  Status link_temporary();

  std::string directory_;
  std::string path_;       ///< final path
  std::string shown_;      ///< what messages call it
  std::string temporary_;  ///< empty while the file has no name
  TemporaryPath registration_;
  UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::uint64_t unsynced_ = 0;
};

/// Makes renames in `directory` durable. Best effort: some file systems refuse.
void sync_directory(const std::string& directory);
/// `directory`/`name`, or `name` for "" and ".".
std::string join_path(const std::string& directory, const std::string& name);
/// A name next to `name` that no user would choose: ".NAME.modelexport-1a2b3c".
std::string temporary_name(const std::string& name);

}  // namespace modelexport::io
