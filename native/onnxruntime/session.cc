#include "session.h"

#include <algorithm>
#include <cstring>

namespace modelexport::runtime {
namespace {

constexpr int kSeverityFatal = 4;  ///< what failed is in the status; the log repeats it
constexpr int kDeviceAllocator = 0;
constexpr int kDefaultMemory = 0;

/// True for complaints about the age of the runtime, not about the model.
bool is_too_new(std::string_view message) {
  for (const std::string_view words :
       {"Unsupported model IR version", "is under development", "official released onnx opset"})
    if (message.find(words) != std::string_view::npos) return true;
  return false;
}

}  // namespace

Status Session::check(OrtStatus* status) const {
  if (status == nullptr) return {};
  const std::string message = api_->error_message(status);
  const bool lacks =
      api_->error_code(status) == static_cast<int>(OrtError::not_implemented) || is_too_new(message);
  api_->release_status(status);
  return fail(lacks ? ErrorCode::runtime_lacks : ErrorCode::runtime_refused, message);
}

Result<Session> Session::open(const RuntimeApi& api, const std::string& model) {
  Session made(api);
  OrtEnvironment* environment = nullptr;
  OrtSessionOptions* options = nullptr;
  ME_CHECK(made.check(api.create_environment(kSeverityFatal, "modelexport", &environment)));
  ME_CHECK(made.check(api.create_session_options(&options)));
  ME_CHECK(made.check(api.create_session(environment, model.c_str(), options, &made.session_)));
  ME_CHECK(made.check(api.cpu_memory(kDeviceAllocator, kDefaultMemory, &made.memory_)));
  OrtAllocator* allocator = nullptr;
  std::size_t count = 0;
  ME_CHECK(made.check(api.default_allocator(&allocator)));
  ME_CHECK(made.check(api.output_count(made.session_, &count)));
  for (std::size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    ME_CHECK(made.check(api.output_name(made.session_, i, allocator, &name)));
    made.outputs_.emplace_back(name);
  }
  return made;
}

Result<verify::Tensors> Session::run(const verify::Tensors& inputs) const {
  std::vector<const char*> input_names;
  std::vector<const OrtValue*> values;
  for (const verify::Tensor& input : inputs) {
    OrtValue* value = nullptr;
    ME_CHECK(check(api_->create_tensor(memory_, const_cast<std::byte*>(input.data.data()), input.data.size(),
                                       input.dims.data(), input.dims.size(), static_cast<int>(input.dtype),
                                       &value)));
    input_names.push_back(input.name.c_str());
    values.push_back(value);
  }
  std::vector<const char*> output_names;
  for (const std::string& name : outputs_) output_names.push_back(name.c_str());
  std::vector<OrtValue*> results(outputs_.size(), nullptr);
  ME_CHECK(check(api_->run(session_, nullptr, input_names.data(), values.data(), values.size(),
                           output_names.data(), output_names.size(), results.data())));
  verify::Tensors out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    ME_TRY(verify::Tensor tensor, read(results[i], outputs_[i]));
    out.push_back(std::move(tensor));
  }
  return out;
}

Result<verify::Tensor> Session::read(OrtValue* value, const std::string& name) const {
  OrtTensorInfo* info = nullptr;
  int dtype = 0;
  std::size_t rank = 0;
  void* data = nullptr;
  ME_CHECK(check(api_->tensor_info(value, &info)));
  ME_CHECK(check(api_->element_type(info, &dtype)));
  ME_CHECK(check(api_->rank(info, &rank)));
  verify::Tensor tensor{name, static_cast<DType>(dtype), std::vector<std::int64_t>(rank), {}};
  ME_CHECK(check(api_->dims(info, tensor.dims.data(), rank)));
  ME_CHECK(check(api_->tensor_data(value, &data)));
  tensor.data.resize(tensor.count().value_or(0) * dtype_bytes(tensor.dtype));
  if (!tensor.data.empty()) std::memcpy(tensor.data.data(), data, tensor.data.size());
  return tensor;
}

}  // namespace modelexport::runtime
