// ONNX Runtime's C interface as far as it is needed here, found in a library at run time.
//
// Purpose   The library exports one function, OrtGetApiBase; everything else is a table of function pointers
// that
//           releases only ever append to. So a table of positions serves every release, and no header of a
//           certain release is needed to build.
// Errors    runtime_unusable: no such library, or one without the interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "modelexport/result.h"

namespace modelexport::runtime {

// Objects of the library, only ever pointed to.
struct OrtStatus;
struct OrtEnvironment;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtValue;
struct OrtMemoryInfo;
struct OrtAllocator;
struct OrtTensorInfo;

/// Error codes of the library that mean more than "failed".
enum class OrtError : int { none = 0, not_implemented = 9 };

class RuntimeApi {
 public:
  static Result<RuntimeApi> load(const std::string& library);
  [[nodiscard]] const std::string& version() const { return version_; }

  int (*error_code)(const OrtStatus*) = nullptr;
  const char* (*error_message)(const OrtStatus*) = nullptr;
  void (*release_status)(OrtStatus*) = nullptr;
  OrtStatus* (*create_environment)(int severity, const char* id, OrtEnvironment**) = nullptr;
  OrtStatus* (*create_session)(const OrtEnvironment*, const char* path, const OrtSessionOptions*,
                               OrtSession**) = nullptr;
  OrtStatus* (*create_session_options)(OrtSessionOptions**) = nullptr;
  OrtStatus* (*run)(OrtSession*, const OrtRunOptions*, const char* const* inputs,
                    const OrtValue* const* values, std::size_t input_count, const char* const* outputs,
                    std::size_t output_count, OrtValue** results) = nullptr;
  OrtStatus* (*output_count)(const OrtSession*, std::size_t*) = nullptr;
  OrtStatus* (*output_name)(const OrtSession*, std::size_t, OrtAllocator*, char**) = nullptr;
  OrtStatus* (*create_tensor)(const OrtMemoryInfo*, void* data, std::size_t bytes, const std::int64_t* dims,
                              std::size_t rank, int dtype, OrtValue**) = nullptr;
  OrtStatus* (*tensor_data)(OrtValue*, void**) = nullptr;
  OrtStatus* (*tensor_info)(const OrtValue*, OrtTensorInfo**) = nullptr;
  OrtStatus* (*element_type)(const OrtTensorInfo*, int*) = nullptr;
  OrtStatus* (*rank)(const OrtTensorInfo*, std::size_t*) = nullptr;
  OrtStatus* (*dims)(const OrtTensorInfo*, std::int64_t*, std::size_t) = nullptr;
  OrtStatus* (*cpu_memory)(int allocator, int type, OrtMemoryInfo**) = nullptr;
  OrtStatus* (*default_allocator)(OrtAllocator**) = nullptr;

 private:
  std::string version_;
};

}  // namespace modelexport::runtime
