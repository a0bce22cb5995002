#include "wasm/text.h"

#include <cstdlib>
#include <cstring>

#include "json/diagnostic.h"

namespace modelexport::wasm {

Text* make_text(std::string_view text, std::int32_t status) {
  auto* result = static_cast<Text*>(std::malloc(sizeof(Text)));
  auto* data = static_cast<char*>(std::malloc(text.size() + 1));
  if (result == nullptr || data == nullptr) std::abort();
  std::memcpy(data, text.data(), text.size());
  *result = {data, static_cast<std::uint32_t>(text.size()), status};
  return result;
}

Text* answer(const Result<json::Json>& document) {
  if (document) return make_text(json::dump(*document), 1);
  const std::int32_t exit_code = error_info(document.error().code).exit_code;
  return make_text(json::dump(json::error_document(document.error())), -exit_code);
}

}  // namespace modelexport::wasm

MODELEXPORT_EXPORT(modelexport_allocate) void* modelexport_allocate(std::uint32_t size) {
  return std::malloc(size);
}
MODELEXPORT_EXPORT(modelexport_release) void modelexport_release(void* memory) { std::free(memory); }
MODELEXPORT_EXPORT(modelexport_free_text) void modelexport_free_text(modelexport::wasm::Text* text) {
  std::free(text->data);
  std::free(text);
}

MODELEXPORT_EXPORT(modelexport_version) modelexport::wasm::Text* modelexport_version() {
  return modelexport::wasm::make_text(MODELEXPORT_VERSION, 1);
}
