// pickle: any bytes as a pickle, and as the module data of a TorchScript archive.
#include "fuzz/input.h"
#include "pickle/pickle.h"
#include "pickle/torchscript.h"
#include "zip/writer.h"

using namespace modelexport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Limits limits = fuzz::small_limits();
  const Bytes bytes = fuzz::bytes_of(data, size);
  const auto read = pickle::read(bytes, limits, "fuzz");
  if (!read) return 0;
  fuzz::require(read->root < read->values.size());
  MemorySink sink;
  zip::Writer writer(sink);
  bool made = true;
  for (const char* name : {"m/data.pkl", "m/constants.pkl", "m/traced_inputs.pkl"})
    made &= !!writer.add(name, bytes);
  const Bytes storage(64);
  for (const char* name : {"m/data/0", "m/data/1", "m/constants/0", "m/traced_inputs/0"})
    made &= !!writer.add(name, storage);
  fuzz::require(made && writer.finish());
  const MemorySource source(sink.bytes(), "fuzz.pt");
  const auto archive = zip::Archive::open(source, limits);
  fuzz::require(archive.has_value());
  const auto tensors = pickle::read_module_tensors(*archive, limits);
  if (tensors) {
    for (const aten::Tensor& tensor : tensors->tensors) fuzz::require(tensor.storage.end() <= source.size());
  }
  (void)pickle::read_traced_inputs(*archive, limits);
  return 0;
}
