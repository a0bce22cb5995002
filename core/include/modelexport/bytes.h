// Bytes in and out: the seam between the core and the world.
//
// Purpose    The core never opens a path. It reads through ByteSource and writes through ByteSink;
//            native/io implements them over files, wasm/ over Blobs, tests over memory.
// Units      Offsets and sizes are bytes, always 64 bit (also on wasm32).
// Ownership  Both are borrowed by reference and must outlive what reads or writes through them.
// Threads    One ByteSource may be read from several threads; a ByteSink belongs to one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modelexport/result.h"

namespace modelexport {

using ByteSpan = std::span<const std::byte>;
using Bytes = std::vector<std::byte>;

inline ByteSpan as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}
inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A half-open range of bytes of one source.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  [[nodiscard]] std::uint64_t end() const { return offset + size; }
  bool operator==(const ByteRange&) const = default;
};

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Fills `out` completely from `offset`. Reading past the end is an error (ErrorCode::io_short_read),
  /// also when the file shrank after opening.
  virtual Status read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;
  /// What error messages call this source: a path, a URL, "(memory)".
  [[nodiscard]] virtual std::string name() const = 0;
};

/// Reads a whole range into memory; refuses more than `limit` bytes and ranges outside the source.
Result<Bytes> read_range(const ByteSource& source, ByteRange range, std::uint64_t limit);
Result<std::string> read_text(const ByteSource& source, std::uint64_t limit);

class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  /// Destruction without finish() discards what was appended (a file sink removes its temporary).
  virtual ~ByteSink() = default;

  virtual Status append(ByteSpan bytes) = 0;
  Status append(std::string_view text) { return append(as_bytes(text)); }
  /// Makes the output appear (file sinks: sync and rename). Call once, last.
  virtual Status finish() = 0;
};

/// Long work reports here and asks whether to go on. Both calls are cheap enough per megabyte.
class Progress {
 public:
  virtual ~Progress() = default;
  /// `what` names the step ("writing weights"); `total` is 0 when unknown.
  virtual void update(std::string_view what, std::uint64_t done, std::uint64_t total) = 0;
  [[nodiscard]] virtual bool cancelled() const { return false; }
};
/// For callers that do not care.
Progress& no_progress();

/// Copies a range in windows of 1 MiB.
Status copy_range(const ByteSource& from, ByteRange range, ByteSink& to);

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(Bytes bytes, std::string name = "(memory)");
  explicit MemorySource(std::string_view text, std::string name = "(memory)");
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  Bytes bytes_;
  std::string name_;
};

/// A part of another source (an archive member) as a source of its own; borrows `whole`.
class RangeSource final : public ByteSource {
 public:
  RangeSource(const ByteSource& whole, ByteRange range, std::string name);
  [[nodiscard]] std::uint64_t size() const override { return range_.size; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  const ByteSource& whole_;
  ByteRange range_;
  std::string name_;
};

class MemorySink final : public ByteSink {
 public:
  Status append(ByteSpan bytes) override;
  using ByteSink::append;
  Status finish() override {
    finished_ = true;
    return {};
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  Bytes bytes_;
  bool finished_ = false;
};

}  // namespace modelexport
