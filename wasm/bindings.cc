// The module's interface: free functions over a plain C ABI, called by wasm/modelexport.mjs.
//
// Values     A text leaves as a Text that the caller reads and gives back to modelexport_free_text.
//            Names and options come in as UTF-8 in memory that the caller took from modelexport_allocate.
// Logic      None: every function makes values of the core's types, calls the core, returns its answer.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "json/diagnostic.h"
#include "report/inspect_file.h"
#include "wasm/host_io.h"

#define MODELEXPORT_EXPORT(name) extern "C" __attribute__((export_name(#name), used))

namespace {

/// What a call returns: `size` bytes of UTF-8 at `data`; `ok` is 0 when they describe an error.
struct Text {
  char* data;
  std::uint32_t size;
  std::int32_t ok;
};

Text* make_text(std::string_view text, bool ok) {
  auto* result = static_cast<Text*>(std::malloc(sizeof(Text)));
  auto* data = static_cast<char*>(std::malloc(text.size() + 1));
  if (result == nullptr || data == nullptr) std::abort();
  std::memcpy(data, text.data(), text.size());
  *result = {data, static_cast<std::uint32_t>(text.size()), ok ? 1 : 0};
  return result;
}

}  // namespace

MODELEXPORT_EXPORT(modelexport_allocate) void* modelexport_allocate(std::uint32_t size) {
  return std::malloc(size);
}
MODELEXPORT_EXPORT(modelexport_release) void modelexport_release(void* memory) { std::free(memory); }
MODELEXPORT_EXPORT(modelexport_free_text) void modelexport_free_text(Text* text) {
  std::free(text->data);
  std::free(text);
}

MODELEXPORT_EXPORT(modelexport_version) Text* modelexport_version() {
  return make_text(MODELEXPORT_VERSION, true);
}

// `flags`: 1 adds the list of nodes. The answer is the report, or the error object of the command line.
MODELEXPORT_EXPORT(modelexport_inspect)
Text* modelexport_inspect(std::int32_t handle, double size, const char* name, std::uint32_t name_size,
                          std::uint32_t flags) {
  const std::string file(name, name_size);
  const modelexport::wasm::HostSource source(handle, static_cast<std::uint64_t>(size), file);
  modelexport::report::InspectOptions options;
  options.file = file;
  options.nodes = (flags & 1U) != 0;
  const auto document = modelexport::report::inspect_file(source, options, {});
  if (!document)
    return make_text(modelexport::json::dump(modelexport::json::error_document(document.error())), false);
  return make_text(modelexport::json::dump(*document), true);
}
