#include "zip/inflate.h"

#include <zlib.h>

#include <algorithm>

namespace modelexport::zip {
namespace {

constexpr std::size_t kStep = 1 << 20;      // also fits zlib's 32-bit counters
constexpr std::uint64_t kBestRatio = 1032;  // deflate cannot do better: a larger claim is a lie

bool run(z_stream& stream, ByteSpan in, Bytes& out) {
  std::size_t read = 0;
  std::size_t written = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t give = std::min(in.size() - read, kStep);
    const std::size_t room = std::min(out.size() - written, kStep);
    // One spare byte, so that a stream longer than declared shows itself.
    Bytef spare = 0;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data() + read));
    stream.avail_in = static_cast<uInt>(give);
    stream.next_out = room > 0 ? reinterpret_cast<Bytef*>(out.data() + written) : &spare;
    stream.avail_out = room > 0 ? static_cast<uInt>(room) : 1;
    status = inflate(&stream, Z_NO_FLUSH);
    read += give - stream.avail_in;
    if (room == 0 && stream.avail_out == 0) return false;
    if (room > 0) written += room - stream.avail_out;
  }
  return status == Z_STREAM_END && read == in.size() && written == out.size();
}

}  // namespace

std::optional<Bytes> inflate_exactly(ByteSpan deflated, std::uint64_t size) {
  if (size / kBestRatio > deflated.size()) return std::nullopt;
  Bytes out(static_cast<std::size_t>(size));
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt;
  const bool ok = run(stream, deflated, out);
  inflateEnd(&stream);
  if (!ok) return std::nullopt;
  return out;
}

std::uint32_t crc32_of(ByteSpan bytes, std::uint32_t before) {
  uLong crc = before;
  for (std::size_t done = 0; done < bytes.size(); done += kStep) {
    const std::size_t step = std::min(bytes.size() - done, kStep);
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data() + done), static_cast<uInt>(step));
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace modelexport::zip
