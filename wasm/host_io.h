// A file of the host (a Blob, a path in Node, bytes in memory) as a ByteSource.
//
// Ownership  The handle belongs to the JavaScript side and stays open while the source is used.
// Errors     ErrorCode::io_short_read past the end; ErrorCode::io_read when the host could not read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
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

}  // namespace modelexport::wasm
