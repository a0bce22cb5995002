// A single output file as a ByteSink, and standard output as one.
//
// Purpose   finish() makes the file appear whole (StagedFile); dropping the sink leaves nothing behind.
// Example   ME_TRY(auto sink, FileSink::open("out.onnx", {.force = true})); sink->append(…); sink->finish();
#pragma once

#include <memory>
#include <string>

#include "io/staged_file.h"
#include "modelexport/bytes.h"

namespace modelexport::io {

struct OutputOptions {
  bool force = false;  ///< replace an existing file
};

/// io_output_exists if something is there and `force` is not set; never a directory or device.
Status check_output_file(const std::string& path, bool force);

class FileSink final : public ByteSink {
 public:
  static Result<std::unique_ptr<FileSink>> open(const std::string& path, OutputOptions options);
  Status append(ByteSpan bytes) override { return file_->append(bytes); }
  using ByteSink::append;
  Status finish() override;

 private:
  FileSink(std::unique_ptr<StagedFile> file, bool force) : file_(std::move(file)), force_(force) {}
  std::unique_ptr<StagedFile> file_;
  bool force_;
};

/// Writes to a descriptor that is already open, such as standard output; finish() does nothing.
class DescriptorSink final : public ByteSink {
 public:
  DescriptorSink(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  Status append(ByteSpan bytes) override;
  using ByteSink::append;
  Status finish() override { return {}; }

 private:
  int fd_;
  std::string name_;
};

/// "a/b" -> {"a", "b"}; "b" -> {"", "b"}; "/b" -> {"/", "b"}.
std::pair<std::string, std::string> split_path(const std::string& path);

}  // namespace modelexport::io
