// The interface of modelexport.wasm: free functions over a plain C ABI, called by wasm/modelexport.mjs.
//
// Logic      None: every function makes values of the core's types, calls the core, returns its answer.
#include "report/inspect_file.h"
#include "wasm/host_io.h"
#include "wasm/text.h"

using modelexport::wasm::Text;

// `flags`: 1 adds the list of nodes. The answer is the report, or the error object of the command line.
MODELEXPORT_EXPORT(modelexport_inspect)
Text* modelexport_inspect(std::int32_t handle, double size, const char* name, std::uint32_t name_size,
                          std::uint32_t flags) {
  const std::string file(name, name_size);
  const modelexport::wasm::HostSource source(handle, static_cast<std::uint64_t>(size), file);
  modelexport::report::InspectOptions options;
  options.file = file;
  options.nodes = (flags & 1U) != 0;
  return modelexport::wasm::answer(modelexport::report::inspect_file(source, options, {}));
}
