#include "modelexport/dtype.h"

#include <iterator>

namespace modelexport {
namespace {

// In DType order, so that a DType is its own index.
// Sources: onnx.proto (TensorProto.DataType), c10/core/ScalarType.h, torch/_export/serde/schema.py.
constexpr DTypeInfo kDTypes[] = {
    {DType::undefined, "undefined", "", -1, -1, 0},
    {DType::float32, "float32", "float", 6, 7, 4},
    {DType::uint8, "uint8", "byte", 0, 1, 1},
    {DType::int8, "int8", "char", 1, 2, 1},
    {DType::uint16, "uint16", "uint16", 27, 28, 2},
    {DType::int16, "int16", "short", 2, 3, 2},
    {DType::int32, "int32", "int", 3, 4, 4},
    {DType::int64, "int64", "long", 4, 5, 8},
    {DType::string, "string", "", -1, -1, 0},
    {DType::boolean, "bool", "bool", 11, 12, 1},
    {DType::float16, "float16", "half", 5, 6, 2},
    {DType::float64, "float64", "double", 7, 8, 8},
    {DType::uint32, "uint32", "uint32", 28, 33, 4},
    {DType::uint64, "uint64", "uint64", 29, 34, 8},
    {DType::complex64, "complex64", "complexfloat", 9, 10, 8},
    {DType::complex128, "complex128", "complexdouble", 10, 11, 16},
    {DType::bfloat16, "bfloat16", "bfloat16", 15, 13, 2},
    {DType::float8e4m3fn, "float8e4m3fn", "float8_e4m3fn", 24, 29, 1},
    {DType::float8e4m3fnuz, "float8e4m3fnuz", "float8_e4m3fnuz", 26, 31, 1},
    {DType::float8e5m2, "float8e5m2", "float8_e5m2", 23, 30, 1},
    {DType::float8e5m2fnuz, "float8e5m2fnuz", "float8_e5m2fnuz", 25, 32, 1},
};

template <class Match>
std::optional<DType> find(const Match& match) {
  for (const DTypeInfo& info : kDTypes) {
    if (match(info)) return info.dtype;
  }
  return std::nullopt;
}

}  // namespace

const DTypeInfo* dtype_info(DType dtype) {
  const auto index = static_cast<std::size_t>(dtype);
  return index < std::size(kDTypes) ? &kDTypes[index] : nullptr;
}

std::string_view dtype_name(DType dtype) {
  const DTypeInfo* info = dtype_info(dtype);
  return info != nullptr ? info->name : "undefined";
}

std::uint8_t dtype_bytes(DType dtype) {
  const DTypeInfo* info = dtype_info(dtype);
  return info != nullptr ? info->bytes : 0;
}

std::optional<DType> dtype_from_name(std::string_view name) {
  return find([&](const DTypeInfo& i) { return i.dtype != DType::undefined && i.name == name; });
}

std::optional<DType> dtype_from_c10(std::int64_t number) {
  return find([&](const DTypeInfo& i) { return i.c10 >= 0 && i.c10 == number; });
}

std::optional<DType> dtype_from_pt2(std::int64_t number) {
  return find([&](const DTypeInfo& i) { return i.pt2 >= 0 && i.pt2 == number; });
}

}  // namespace modelexport
