#include "safetensors/safetensors.h"

#include "json/json.h"

namespace modelexport::safetensors {
namespace {

using json::Json;

tl::unexpected<Diagnostic> bad(const ByteSource& file, std::string message, const std::string& tensor = {}) {
  return fail(ErrorCode::tensor_view, std::move(message), {.path = file.name(), .field = tensor},
              "download or write the file again");
}

struct Known {
  std::string_view name;
  DType dtype;
};
constexpr Known kKnown[] = {
    {"F32", DType::float32},        {"F16", DType::float16},
    {"BF16", DType::bfloat16},      {"F64", DType::float64},
    {"I64", DType::int64},          {"I32", DType::int32},
    {"I16", DType::int16},          {"I8", DType::int8},
    {"U8", DType::uint8},           {"U16", DType::uint16},
    {"U32", DType::uint32},         {"U64", DType::uint64},
    {"BOOL", DType::boolean},       {"F8_E4M3", DType::float8e4m3fn},
    {"F8_E5M2", DType::float8e5m2},
};

DType dtype_of(std::string_view name) {
  for (const Known& known : kKnown)
    if (known.name == name) return known.dtype;
  return DType::undefined;
}

Result<std::vector<std::int64_t>> integers(const Json& object, std::string_view key, const json::Path& at) {
  ME_TRY(const Json* list, json::get_array(object, key, at));
  std::vector<std::int64_t> out;
  for (const Json& item : json::elements(*list)) {
    ME_TRY(const std::int64_t value, json::as_int(item, at));
    if (value < 0) return json::field_error(at, "must not be negative");
    out.push_back(value);
  }
  return out;
}

/// Bytes that the shape needs; nothing on overflow.
std::optional<std::uint64_t> bytes_needed(const Tensor& tensor) {
  std::uint64_t size = dtype_bytes(tensor.dtype);
  for (const std::int64_t dim : tensor.dims)
    if (__builtin_mul_overflow(size, static_cast<std::uint64_t>(dim), &size)) return std::nullopt;
  return size;
}

Result<Tensor> read_tensor(const ByteSource& file, const std::string& name, const Json& entry,
                           std::uint64_t data, const Limits& limits) {
  const json::Path at{nullptr, name};
  Tensor tensor;
  ME_TRY(const std::string_view dtype, json::get_string(entry, "dtype", at));
  tensor.dtype = dtype_of(dtype);
  ME_TRY(tensor.dims, integers(entry, "shape", at));
  if (tensor.dims.size() > limits.rank) return bad(file, "a tensor has too many dimensions", name);
  ME_TRY(const auto offsets, integers(entry, "data_offsets", at));
  if (offsets.size() != 2 || offsets[0] > offsets[1] ||
      static_cast<std::uint64_t>(offsets[1]) > file.size() - data) {
    return bad(file, "a tensor is not inside the file", name);
  }
  tensor.range = {data + static_cast<std::uint64_t>(offsets[0]),
                  static_cast<std::uint64_t>(offsets[1] - offsets[0])};
  if (tensor.dtype != DType::undefined && bytes_needed(tensor) != tensor.range.size)
    return bad(file, "a tensor does not have as many bytes as its shape needs", name);
  return tensor;
}

}  // namespace

std::string_view type_name(DType dtype) {
  for (const Known& known : kKnown)
    if (known.dtype == dtype) return known.name;
  return {};
}

Result<Tensors> read_header(const ByteSource& file, const Limits& limits) {
  if (file.size() < 8) return bad(file, "the file is too short for a safetensors header");
  ME_TRY(const Bytes length, read_range(file, {0, 8}, 8));
  std::uint64_t size = 0;
  for (std::size_t i = 8; i-- > 0;) size = size << 8 | static_cast<std::uint8_t>(length[i]);
  if (size > file.size() - 8)
    return bad(file, "the header is longer than the file: this is not a safetensors file");
  ME_TRY(const Bytes text, read_range(file, {8, size}, limits.json_bytes));
  ME_TRY(const Json header, json::parse(as_text(text), limits, file.name()));
  if (!header.is_object()) return bad(file, "the header is not a JSON object");
  if (header.size() > limits.tensors) return bad(file, "the file names too many tensors");
  Tensors out;
  for (const auto& [name, entry] : json::members(header)) {
    if (name == "__metadata__") continue;
    ME_TRY(Tensor tensor, read_tensor(file, name, entry, 8 + size, limits));
    out.emplace(name, std::move(tensor));
  }
  return out;
}

}  // namespace modelexport::safetensors
