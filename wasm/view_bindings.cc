// The entry point of a viewer: requests of core/view about an open file, as JSON in and JSON out.
//
// Logic      None: makes values of the core's types, calls the core, returns its answer.
#include "view/requests.h"
#include "wasm/host_io.h"
#include "wasm/text.h"

using modelexport::wasm::Text;

MODELEXPORT_EXPORT(modelexport_ask)
Text* modelexport_ask(std::int32_t handle, double size, const char* name, std::uint32_t name_size,
                      const char* request, std::uint32_t request_size) {
  const std::string file(name, name_size);
  const modelexport::wasm::HostSource source(handle, static_cast<std::uint64_t>(size), file);
  modelexport::wasm::HostProgress progress;
  return modelexport::wasm::answer(
      modelexport::view::answer(source, file, {request, request_size}, progress, {}));
}
