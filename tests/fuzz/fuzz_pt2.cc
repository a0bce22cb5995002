// pt2: any bytes as an archive.
#include "fuzz/input.h"
#include "pt2/pt2.h"

using namespace modelexport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Limits limits = fuzz::small_limits();
  const MemorySource source(fuzz::bytes_of(data, size), "fuzz.pt2");
  const auto graph = pt2::read_pt2(source, limits);
  if (graph) fuzz::require(graph->validate(limits).has_value());
  return 0;
}
