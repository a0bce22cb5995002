#include "runtime_api.h"

#include <dlfcn.h>

namespace modelexport::runtime {
namespace {

/// What OrtGetApiBase returns.
struct Base {
  const void* (*table)(std::uint32_t version);
  const char* (*version)();
};

/// The oldest interface that has everything used here; later releases serve it as well.
constexpr std::uint32_t kInterface = 11;

/// Positions in the table of functions.
enum Position : std::size_t {
  kErrorCode = 1,
  kErrorMessage = 2,
  kCreateEnvironment = 3,
  kCreateSession = 7,
  kRun = 9,
  kCreateSessionOptions = 10,
  kOutputCount = 31,
  kOutputName = 37,
  kCreateTensor = 49,
  kTensorData = 51,
  kElementType = 60,
  kRank = 61,
  kDims = 62,
  kTensorInfo = 65,
  kCpuMemory = 69,
  kDefaultAllocator = 78,
  kReleaseStatus = 93,
};

template <class Function>
void take(Function& function, const void* const* table, Position position) {
  function = reinterpret_cast<Function>(const_cast<void*>(table[position]));
}

tl::unexpected<Diagnostic> unusable(const std::string& library, std::string why) {
  return fail(ErrorCode::runtime_unusable, std::move(why), {.path = library},
              "name another library: MODELEXPORT_ONNXRUNTIME=/path/to/libonnxruntime.so");
}

}  // namespace

Result<RuntimeApi> RuntimeApi::load(const std::string& library) {
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return unusable(library, std::string("the library cannot be loaded: ") + ::dlerror());
  using GetBase = const Base* (*)();
  const auto get_base = reinterpret_cast<GetBase>(::dlsym(handle, "OrtGetApiBase"));
  const Base* base = get_base == nullptr ? nullptr : get_base();
  const void* table = base == nullptr ? nullptr : base->table(kInterface);
  if (table == nullptr) return unusable(library, "the library is no ONNX Runtime, or one older than 1.11");
  const auto* at = static_cast<const void* const*>(table);
  RuntimeApi api;
  api.version_ = base->version();
  take(api.error_code, at, kErrorCode);
  take(api.error_message, at, kErrorMessage);
  take(api.release_status, at, kReleaseStatus);
  take(api.create_environment, at, kCreateEnvironment);
  take(api.create_session, at, kCreateSession);
  take(api.create_session_options, at, kCreateSessionOptions);
  take(api.run, at, kRun);
  take(api.output_count, at, kOutputCount);
  take(api.output_name, at, kOutputName);
  take(api.create_tensor, at, kCreateTensor);
  take(api.tensor_data, at, kTensorData);
  take(api.element_type, at, kElementType);
  take(api.rank, at, kRank);
  take(api.dims, at, kDims);
  take(api.tensor_info, at, kTensorInfo);
  take(api.cpu_memory, at, kCpuMemory);
  take(api.default_allocator, at, kDefaultAllocator);
  return api;
}

}  // namespace modelexport::runtime
