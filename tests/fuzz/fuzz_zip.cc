// zip: the directory of any bytes; every member that is found lies inside and can be read or is refused.
#include "fuzz/input.h"
#include "zip/zip.h"

using namespace modelexport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Limits limits = fuzz::small_limits();
  const MemorySource source(fuzz::bytes_of(data, size), "fuzz");
  const auto archive = zip::Archive::open(source, limits);
  if (!archive) return 0;
  for (const zip::Entry& entry : archive->entries()) {
    fuzz::require(entry.payload.offset <= size && entry.payload.size <= size - entry.payload.offset);
    const auto content = archive->read(entry, limits.inflated_member);
    fuzz::require(!content || content->size() == entry.size);
  }
  return 0;
}
