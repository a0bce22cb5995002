// What a call of the module returns to its host, and the macro that makes a function callable from there.
//
// Values     A text leaves as a Text that the caller reads and gives back to modelexport_free_text.
//            Names and options come in as UTF-8 in memory that the caller took from modelexport_allocate.
#pragma once

#include <cstdint>
#include <string_view>

#include "json/json.h"
#include "modelexport/result.h"

#define MODELEXPORT_EXPORT(name) extern "C" __attribute__((export_name(#name), used))

namespace modelexport::wasm {

/// `size` bytes of UTF-8 at `data`; `status` is 1, or the negative exit code of the error that they describe.
struct Text {
  char* data;
  std::uint32_t size;
  std::int32_t status;
};

Text* make_text(std::string_view text, std::int32_t status);
/// The document, or the error object of the command line.
Text* answer(const Result<json::Json>& document);

}  // namespace modelexport::wasm
