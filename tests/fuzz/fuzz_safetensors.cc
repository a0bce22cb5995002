// safetensors: the header of any bytes; every tensor lies inside.
#include "fuzz/input.h"
#include "safetensors/safetensors.h"

using namespace modelexport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemorySource source(fuzz::bytes_of(data, size), "fuzz.safetensors");
  const auto tensors = safetensors::read_header(source, fuzz::small_limits());
  if (!tensors) return 0;
  for (const auto& [name, tensor] : *tensors)
    fuzz::require(tensor.range.offset <= size && tensor.range.size <= size - tensor.range.offset);
  return 0;
}
