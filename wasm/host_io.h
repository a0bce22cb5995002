// Files of the host (a Blob, a path in Node, bytes in memory) as a ByteSource, and what it collects as a
// ByteSink.
//
// Ownership  The handle belongs to the JavaScript side and stays open while the source is used.
// Errors     ErrorCode::io_short_read past the end; ErrorCode::io_read when the host could not read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "modelexport/bytes.h"

namespace modelexport::wasm {

class HostSource final : public ByteSource {
 public:
  HostSource(std::int32_t handle, std::uint64_t size, std::string name)
      : handle_(handle), size_(size), name_(std::move(name)) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  std::int32_t handle_;
  std::uint64_t size_;
  std::string name_;
};

/// What is done goes to the host as it comes. A host cannot stop a call: it ends the worker instead.
class HostProgress final : public Progress {
 public:
  void update(std::string_view what, std::uint64_t done, std::uint64_t total) override;
};

/// Chunks go to the host as they come; it keeps or drops them when the call is over.
class HostSink final : public ByteSink {
 public:
  Status append(ByteSpan bytes) override;
  using ByteSink::append;
  Status finish() override { return {}; }
};

}  // namespace modelexport::wasm
