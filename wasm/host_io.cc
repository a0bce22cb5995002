#include "wasm/host_io.h"

namespace modelexport::wasm {
namespace {

// Fills `size` bytes at `to` from `offset` of the open file; 0 when it could. Offsets are doubles because
// they are exact up to 2^53 in every JavaScript engine without BigInt conversions.
extern "C" __attribute__((import_module("modelexport"), import_name("modelexport_host_read"))) std::int32_t
modelexport_host_read(std::int32_t handle, double offset, void* to, std::uint32_t size);

// Takes a copy of `size` bytes of the output.
extern "C" __attribute__((import_module("modelexport"), import_name("modelexport_host_write"))) void
modelexport_host_write(const void* from, std::uint32_t size);

extern "C" __attribute__((import_module("modelexport"), import_name("modelexport_host_progress"))) void
modelexport_host_progress(const char* what, std::uint32_t size, double done, double total);

}  // namespace

void HostProgress::update(std::string_view what, std::uint64_t done, std::uint64_t total) {
  modelexport_host_progress(what.data(), static_cast<std::uint32_t>(what.size()), static_cast<double>(done),
                            static_cast<double>(total));
}

Status HostSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > size_ || out.size() > size_ - offset) {
    return fail(ErrorCode::io_short_read, "the file ends before the bytes that are needed",
                {.path = name_, .field = {}, .offset = offset});
  }
  if (out.empty()) return {};
  const std::int32_t status = modelexport_host_read(handle_, static_cast<double>(offset), out.data(),
                                                    static_cast<std::uint32_t>(out.size()));
  if (status != 0) {
    return fail(ErrorCode::io_read, "the file could not be read",
                {.path = name_, .field = {}, .offset = offset});
  }
  return {};
}

Status HostSink::append(ByteSpan bytes) {
  if (!bytes.empty()) modelexport_host_write(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  return {};
}

}  // namespace modelexport::wasm
